/// Changes to a message that is forwarded: an overlay over the received bytes (RFC 3261 §16.6, §16.7).
///
/// What is not touched is copied byte for byte, in its order and spelling. New text lies in one buffer, so an edit
/// costs two allocations however many changes it has, and `serialize()` one. A CR or LF inside a new value becomes a
/// space.
///
/// A line put in by this edit counts as one value and as part of the message for the operations after it. `.other`
/// names no header: use the functions that take a name.
public struct SIPEdit: Sendable {
    public let message: SIPMessage
    /// The text of all insertions and replacements.
    var added: [UInt8] = []
    /// Sorted by place; at one place in order of output.
    var changes: [SIPEditChange] = []
    var body: [UInt8]?

    /// No change yet.
    public init(_ message: SIPMessage) { self.message = message }

    /// Replaces the Request-URI of a request; nothing happens to a response. Spaces and controls, which no URI may
    /// hold, are left out.
    public mutating func setRequestURI(_ uri: String) {
        guard let range = message.requestURIRange else { return }
        replaceStartLine(range, uri.utf8.filter { $0 > 0x20 && $0 != 0x7F })
    }

    /// Replaces status code and reason phrase of a response; nothing happens to a request.
    public mutating func setStatus(_ status: Int, _ reason: String? = nil) {
        guard !message.isRequest, message.start.textEnd > 0 else { return }
        let from = min(8, Int(message.start.textEnd))
        replaceStartLine(from..<Int(message.start.textEnd), "\(status) \(reason ?? SIPReason.phrase(status))".utf8)
    }

    /// A new header line above the first of its kind; without one, a Via above all headers, another below the Via
    /// lines.
    public mutating func prepend(_ id: HeaderID, _ value: String) { insertFirst(id, value.utf8) }
    public mutating func prepend(_ id: HeaderID, _ value: [UInt8]) { insertFirst(id, value) }

    /// A new header line below the last of its kind; without one, before Content-Length, or else last.
    public mutating func append(_ id: HeaderID, _ value: String) { insertLast(id, id.name, value.utf8) }
    public mutating func append(_ id: HeaderID, _ value: [UInt8]) { insertLast(id, id.name, value) }

    /// A new header line by name, for headers without a row.
    public mutating func append(name: String, _ value: String) { insertLast(HeaderID(name: name), name, value.utf8) }

    /// Replaces all lines of a header by one, at the place of the first; appends it if there is none.
    public mutating func set(_ id: HeaderID, _ value: String) { setOnly(id, value.utf8) }
    public mutating func set(_ id: HeaderID, _ value: [UInt8]) { setOnly(id, value) }

    /// Removes every line of a header.
    public mutating func removeAll(_ id: HeaderID) {
        guard id != .other else { return }
        changes.removeAll { $0.id == id }
        for index in message.slots.indices where message.slots[index].id == id { cut(lineRange(index), id) }
    }

    /// Removes every line with this name, long or compact, known or unknown.
    public mutating func removeAll(name: String) {
        let id = HeaderID(name: name)
        guard id == .other else { return removeAll(id) }
        for index in message.slots.indices where message.slots[index].id == .other {
            if equalsFolded(message.string(message.slots[index].name), name), !isCut(index) {
                cut(lineRange(index), .other)
            }
        }
    }

    /// Removes the first value of a header: an element of a comma-separated line, or the line if it is its only one.
    public mutating func removeFirstValue(_ id: HeaderID) { changeFirstValue(id, nil as [UInt8]?) }

    /// Replaces the first value of a header, the rest of its line unchanged; appends it if there is none.
    public mutating func replaceFirstValue(_ id: HeaderID, _ value: String) { changeFirstValue(id, Array(value.utf8)) }
    public mutating func replaceFirstValue(_ id: HeaderID, _ value: [UInt8]) { changeFirstValue(id, value) }

    /// Replaces the body; an empty one takes Content-Type and its companions away too.
    public mutating func setBody(_ body: [UInt8], type: String) {
        self.body = body
        if body.isEmpty {
            for id in [HeaderID.contentType, .contentEncoding, .contentLanguage, .contentDisposition] { removeAll(id) }
        } else {
            set(.contentType, type)
        }
    }

    private mutating func replaceStartLine(_ range: Range<Int>, _ text: some Collection<UInt8>) {
        changes.removeAll { $0.kind == .startLine }
        changes.insert(SIPEditChange(range, store(text), .other, .startLine), at: 0)
    }
}
