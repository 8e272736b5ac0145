/// Cuts a byte stream into messages. Pure; one per connection. RFC 6733 §2.1, §3
///
/// Holds at most one incomplete message of at most `limit` bytes, plus what came in with it.
public struct DiameterFramer: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    private let limit: Int

    public init(limit: Int = DiameterLimits.messageBytes) { self.limit = limit }

    /// Bytes waiting for the rest of their message.
    public var waiting: Int { buffer.count - start }

    public mutating func push(_ bytes: [UInt8]) {
        if start == buffer.count {
            buffer = bytes
            start = 0
        } else {
            if start > 0 {
                buffer.removeSubrange(0..<start)
                start = 0
            }
            buffer += bytes
        }
    }

    /// The next whole message, or nil until more bytes come. After a throw the stream is of no use.
    public mutating func next() throws(DiameterError) -> [UInt8]? {
        guard waiting > 0 else { return nil }
        guard buffer[start] == 1 else { throw DiameterError(.unsupportedVersion, "version \(buffer[start])") }
        guard waiting >= 4 else { return nil }
        let length = Int(Wire.read32(buffer, start) & 0xFF_FFFF)
        guard length >= DiameterLimits.headerBytes, length % 4 == 0, length <= limit else {
            throw DiameterError(.invalidMessageLength, "length \(length)")
        }
        guard waiting >= length else { return nil }
        if start == 0, buffer.count == length {
            // The usual case: one message in one read. The buffer itself goes on, nothing is copied.
            let message = buffer
            buffer = []
            return message
        }
        let message = Array(buffer[start..<start + length])
        start += length
        return message
    }
}
