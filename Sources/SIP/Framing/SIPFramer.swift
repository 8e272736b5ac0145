import Glibc

/// Cuts a byte stream into SIP messages (RFC 3261 §18.3, §7.5) and keep-alives (RFC 5626 §4.4.1).
///
/// After an error the stream's framing is lost: the connection must be closed. `faulty` then holds the head of the
/// message that could not be framed, so that a request may be answered before.
public struct SIPFramer: Sendable {
    private let limits: SIPLimits
    private var buffer: [UInt8] = []
    /// First byte not yet handed out.
    private var head = 0
    /// Bytes already searched for the end of the headers, so that a slow sender costs no second look.
    private var searched = 0
    /// Whole length of the message being received, once its headers are there.
    private var expected: Int?
    private var failure: SIPParseError?
    /// Start line and headers of the message that broke the stream.
    public private(set) var faulty: [UInt8] = []

    /// An empty stream.
    public init(limits: SIPLimits = .standard) { self.limits = limits }

    /// Bytes received and not handed out: above 0 a message is under way (a caller may give it a time limit).
    public var pending: Int { buffer.count - head }

    /// Adds received bytes.
    public mutating func push(_ bytes: [UInt8]) { push(bytes[...]) }
    public mutating func push(_ bytes: ArraySlice<UInt8>) {
        guard failure == nil else { return }
        if head == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            head = 0
            searched = 0
        }
        if buffer.count + bytes.count > buffer.capacity { move(toHold: pending + bytes.count) }
        buffer.append(contentsOf: bytes)
    }

    /// Takes what is pending to a new place and wipes the old one: growing alone would leave a copy behind, with a
    /// challenge's keys in it perhaps.
    private mutating func move(toHold count: Int) {
        var place: [UInt8] = []
        place.reserveCapacity(max(count, count > buffer.capacity ? 2 * buffer.capacity : 0))
        place.append(contentsOf: buffer[head...])
        wipe(buffer.indices)
        searched -= head
        head = 0
        buffer = place
    }

    /// The next message or keep-alive; nil until more bytes come. Throws 400 for a message without Content-Length or
    /// with a broken one, 513 or 413 above the limits; every call after that throws the same.
    public mutating func next() throws(SIPParseError) -> Framed? {
        if let failure { throw failure }
        if expected == nil {
            if let ping = try skipLineEnds() { return ping }
            guard let length = try messageLength() else { return nil }
            expected = length
        }
        guard let length = expected, pending >= length else { return nil }
        let message = Array(buffer[head..<head + length])
        // The message has an owner now, who wipes what is secret in it; here it would lie until others come over it.
        wipe(head..<head + length)
        consume(length)
        return .message(message)
    }

    /// CRLFs before a start line: two are a ping, one is nothing (or a pong, or half a ping).
    private mutating func skipLineEnds() throws(SIPParseError) -> Framed? {
        while pending > 0, buffer[head] == 0x0D || buffer[head] == 0x0A {
            guard pending >= 2 else {
                if buffer[head] == 0x0A { throw fail(SIPParseError(.startLine, "LF without CR")) }
                return nil
            }
            guard buffer[head] == 0x0D, buffer[head + 1] == 0x0A else {
                throw fail(SIPParseError(.startLine, "line end before a start line"))
            }
            guard pending >= 3 else { return nil }
            guard buffer[head + 2] == 0x0D else {
                consume(2)
                continue
            }
            guard pending >= 4 else { return nil }
            guard buffer[head + 3] == 0x0A else { throw fail(SIPParseError(.startLine, "CR without LF")) }
            consume(4)
            return .ping
        }
        return nil
    }

    /// Headers plus body, once the empty line is there.
    private mutating func messageLength() throws(SIPParseError) -> Int? {
        guard let headers = headerLength() else {
            if pending > limits.headerBytes {
                throw fail(SIPParseError(.tooLarge, "headers longer than \(limits.headerBytes) bytes"))
            }
            return nil
        }
        guard headers <= limits.headerBytes else {
            throw fail(SIPParseError(.tooLarge, "headers longer than \(limits.headerBytes) bytes"))
        }
        let (length, fault) = SIPMessage.length(buffer, head..<head + headers, limits)
        // Only what decides about lengths matters here; other faults are the message's own and answered as such.
        if let fault, fault.code == .tooLarge || fault.code == .bodyTooLarge { throw fail(fault) }
        switch length {
        case .bytes(let body): return headers + body
        case .missing: throw fail(SIPParseError(.missingContentLength, "no Content-Length on a stream"))
        case .broken: throw fail(SIPParseError(.contentLength, "Content-Length is no single number"))
        }
    }

    /// Bytes up to and with the empty line.
    private mutating func headerLength() -> Int? {
        var at = max(searched, head)
        while at + 3 < buffer.count {
            if buffer[at] == 0x0D, buffer[at + 1] == 0x0A, buffer[at + 2] == 0x0D, buffer[at + 3] == 0x0A {
                return at + 4 - head
            }
            at += 1
        }
        searched = at
        return nil
    }

    private mutating func consume(_ length: Int) {
        head += length
        searched = head
        expected = nil
        // What is left moves once the handed-out part outweighs it, so that memory follows what is pending.
        if head >= 16_384, head > buffer.count / 2 { move(toHold: pending) }
    }

    private mutating func fail(_ error: SIPParseError) -> SIPParseError {
        failure = error
        faulty = Array(buffer[head..<min(buffer.count, head + limits.headerBytes)])
        forget()
        return error
    }

    /// The stream has ended: nothing of what was received stays in memory.
    public mutating func forget() {
        wipe(buffer.indices)
        buffer = []
        (head, searched, expected) = (0, 0, nil)
    }

    private mutating func wipe(_ range: Range<Int>) {
        buffer.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { explicit_bzero(start + range.lowerBound, range.count) }
        }
    }
}
