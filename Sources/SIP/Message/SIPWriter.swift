/// Writes a message from nothing: start line, headers in the order added, body, Content-Length (RFC 3261 §7).
///
/// A CR or LF inside a value becomes a space: no value can smuggle a header line in.
public struct SIPWriter: Sendable {
    private var head: [UInt8] = []
    private var body: [UInt8] = []
    private var ids: [HeaderID] = []

    private init(startLine: String) {
        head.reserveCapacity(1_024)
        append(startLine)
        endLine()
    }

    /// A request; the caller adds all its headers (RFC 3261 §8.1.1). Spaces and controls, which no URI may hold, are
    /// left out.
    public static func request(_ method: SIPMethod, uri: String) -> SIPWriter {
        let target = String(decoding: uri.utf8.filter { $0 > 0x20 && $0 != 0x7F }, as: UTF8.self)
        return SIPWriter(startLine: "\(method.name) \(target) SIP/2.0")
    }

    /// A response with what RFC 3261 §8.2.6.2 copies byte for byte: every Via, From, To, Call-ID, CSeq.
    ///
    /// `toTag` is added to a To that has none, except in a 100. Timestamp is copied into a 100 (§8.2.6.1); Record-Route
    /// into a provisional above 100 or a 2xx of a request that can make a dialog (§12.1.1).
    public static func response(to request: SIPMessage, status: Int, reason: String? = nil, toTag: String?) -> SIPWriter
    {
        var writer = SIPWriter(startLine: "SIP/2.0 \(status) \(reason ?? SIPReason.phrase(status))")
        let keepsRoute = status > 100 && status < 300 && makesDialog(request.method)
        for index in request.slots.indices {
            // Of a header that may stand once only the first goes back, also when a broken request has two.
            let id = request.slots[index].id
            if HeaderTable[id].repetition == .once, request.firstSlot(id) != index { continue }
            switch id {
            case .via, .from, .callID, .cseq: writer.copy(request, index)
            case .to:
                writer.copy(request, index)
                if status != 100, request.toTag == nil, let toTag { writer.appendToLastLine(";tag=\(toTag)") }
            case .timestamp where status == 100: writer.copy(request, index)
            case .recordRoute where keepsRoute: writer.copy(request, index)
            default: break
            }
        }
        return writer
    }

    /// Adds a header line.
    public mutating func add(_ id: HeaderID, _ value: String) { add(id, id.name, value) }

    /// Adds a header line by name.
    public mutating func add(name: String, _ value: String) { add(HeaderID(name: name), name, value) }

    private mutating func add(_ id: HeaderID, _ name: String, _ value: String) {
        ids.append(id)
        append(name)
        append(": ")
        append(value)
        endLine()
    }

    /// Adds every line of a header of another message, byte for byte (Path, Record-Route …).
    public mutating func copy(_ id: HeaderID, from message: SIPMessage) {
        for index in message.slots.indices where message.slots[index].id == id { copy(message, index) }
    }

    /// Sets the body and its Content-Type.
    public mutating func setBody(_ body: [UInt8], type: String) {
        if self.body.isEmpty { add(.contentType, type) }
        self.body = body
    }

    /// Whether a header of this id has been added or copied.
    public func has(_ id: HeaderID) -> Bool { ids.contains(id) }

    /// The message, with Content-Length (RFC 3261 §20.14).
    public func finish() -> [UInt8] {
        var out = head
        out.append(contentsOf: "Content-Length: \(body.count)\r\n\r\n".utf8)
        out.append(contentsOf: body)
        return out
    }

    /// Methods whose 2xx makes a dialog (RFC 3261 §12.1, RFC 6665 §4.1, RFC 3515 §2.4.4); NOTIFY may too.
    private static func makesDialog(_ method: SIPMethod) -> Bool {
        switch method {
        case .invite, .subscribe, .refer, .notify: true
        default: false
        }
    }

    /// A header line as it came, trailing space left out. A CR or LF that belongs to no fold (only a refused message
    /// has one) becomes a space.
    private mutating func copy(_ message: SIPMessage, _ index: Int) {
        let slot = message.slots[index]
        ids.append(slot.id)
        let line = Int(slot.start)..<Int(slot.valueEnd)
        let start = head.count
        head.append(contentsOf: message.bytes[line])
        if message.bytes[line].contains(where: { $0 == 0x0D || $0 == 0x0A }) { disarm(from: start) }
        endLine()
    }

    private mutating func disarm(from start: Int) {
        var at = start
        while at < head.count {
            let isFold =
                at + 2 < head.count && head[at] == 0x0D && head[at + 1] == 0x0A
                && (head[at + 2] == 0x20 || head[at + 2] == 0x09)
            if !isFold, head[at] == 0x0D || head[at] == 0x0A { head[at] = 0x20 }
            at += isFold ? 3 : 1
        }
    }

    private mutating func append(_ text: String) {
        let start = head.count
        head.append(contentsOf: text.utf8)
        for at in start..<head.count where head[at] == 0x0D || head[at] == 0x0A { head[at] = 0x20 }
    }

    private mutating func appendToLastLine(_ text: String) {
        head.removeLast(2)
        append(text)
        endLine()
    }

    private mutating func endLine() {
        head.append(0x0D)
        head.append(0x0A)
    }
}
