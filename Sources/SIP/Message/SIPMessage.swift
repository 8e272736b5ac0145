/// A SIP request or response: the bytes as received and an index over them (RFC 3261 §7).
///
/// One scan finds the start line and every header line; values are read when asked for. Nothing is copied out of the
/// buffer on the way, so header order and spelling stay as they came. To send a changed message use `SIPEdit`, to make
/// a new one `SIPWriter`.
public struct SIPMessage: Sendable {
    /// Exactly this message; what a datagram held after the body is cut off (RFC 3261 §18.3).
    public let bytes: [UInt8]
    let start: StartLine
    let slots: [HeaderSlot]
    /// One past the last header line.
    let headersEnd: Int
    /// First byte of the body.
    let bodyStart: Int

    /// Reads a message; throws the first fault found in start line, header lines or lengths. Header values are not
    /// judged here: see `judge(_:limits:)`.
    public init(_ bytes: [UInt8], limits: SIPLimits = .standard) throws(SIPParseError) {
        let (message, fault) = SIPMessage.indexed(bytes, limits)
        if let fault { throw fault }
        self = message
    }

    init(bytes: [UInt8], start: StartLine, slots: [HeaderSlot], headersEnd: Int, bodyStart: Int) {
        self.bytes = bytes
        self.start = start
        self.slots = slots
        self.headersEnd = headersEnd
        self.bodyStart = bodyStart
    }

    /// The message as far as it could be indexed, and its first fault.
    static func indexed(_ received: [UInt8], _ limits: SIPLimits) -> (SIPMessage, SIPParseError?) {
        var bytes = received
        // RFC 3261 §7.5: CRLFs before the start line are skipped.
        if let first = bytes.first, first == 0x0D || first == 0x0A {
            bytes = Array(bytes.drop { $0 == 0x0D || $0 == 0x0A })
        }
        let (slots, scanner) = scan(bytes, limits)
        guard let scanner else {
            let empty = SIPMessage(bytes: [], start: StartLine(), slots: [], headersEnd: 0, bodyStart: 0)
            return (empty, SIPParseError(.startLine, "empty message"))
        }
        if scanner.end < bytes.count { bytes.removeLast(bytes.count - scanner.end) }
        let message = SIPMessage(
            bytes: bytes, start: scanner.start, slots: slots, headersEnd: scanner.headersEnd,
            bodyStart: scanner.bodyStart)
        return (message, scanner.fault)
    }

    /// The index is built in stack memory and copied once into an array of its size.
    private static func scan(_ bytes: [UInt8], _ limits: SIPLimits) -> ([HeaderSlot], MessageScanner?) {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, buffer.count > 0 else { return ([], nil) }
            return MessageScanner.run(base, buffer.count, limits) { room, scanner in
                (Array(UnsafeBufferPointer(rebasing: room[..<scanner.slotCount])), scanner)
            }
        }
    }

    /// What the headers in a part of a stream's buffer say about the body, and their first fault; nothing is kept.
    static func length(_ bytes: [UInt8], _ range: Range<Int>, _ limits: SIPLimits) -> (ContentLength, SIPParseError?) {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, !range.isEmpty, range.upperBound <= buffer.count else {
                return (.missing, nil)
            }
            return MessageScanner.run(base + range.lowerBound, range.count, limits) { _, scanner in
                (scanner.length, scanner.fault)
            }
        }
    }
}

extension SIPMessage {
    public var isRequest: Bool { start.isRequest }
    /// 0 for a request.
    public var status: Int { Int(start.status) }
    /// 100–199.
    public var isProvisional: Bool { start.status >= 100 && start.status < 200 }
    /// 200–699.
    public var isFinal: Bool { start.status >= 200 }

    /// A request's method; a response's is that of its CSeq (RFC 3261 §20.16), `.other("")` if it has none.
    public var method: SIPMethod {
        guard start.isRequest else { return (try? cseq())?.method ?? .other("") }
        return start.method == 0 ? .other(string(0..<Int(start.methodEnd))) : SIPMethod.known[Int(start.method)]
    }

    /// The reason phrase of a response; may be empty (RFC 3261 §7.2).
    public var reason: String { start.isRequest ? "" : string(start.text) }

    /// The Request-URI as written; empty in a response.
    public var requestURIText: String { start.isRequest ? string(start.text) : "" }

    /// The Request-URI. A scheme we do not know is `.other`; whether to refuse it with 416 is the caller's choice.
    public func requestURI() throws(SIPParseError) -> AnyURI {
        guard start.isRequest else { throw SIPParseError(.requestURI, "a response has no Request-URI") }
        var cursor = Cursor(bytes, start.text)
        do { return try AnyURI.read(&cursor) } catch { throw SIPParseError(.requestURI, error.detail) }
    }

    /// The start line as it came, for logs and traces.
    public var firstLine: String { string(0..<Int(start.textEnd)) + (isRequest ? " SIP/2.0" : "") }

    /// The body.
    public var body: ArraySlice<UInt8> { bytes[bodyStart...] }

    /// The bytes of a range as text; bytes that are not UTF-8 are replaced.
    public func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}
