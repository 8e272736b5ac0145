/// The sent-by of a Via, read from its bytes: who the sender says it is and where responses go (RFC 3261 §18.2).
struct SentBy {
    private let bytes: [UInt8]
    let host: Range<Int>
    /// Nil where the default port is meant.
    let port: UInt16?

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        // The colon behind a closing bracket, or the only one there is.
        let close = bytes[range].lastIndex(of: UInt8(ascii: "]"))
        let colon = bytes[(close ?? range.lowerBound)..<range.upperBound].firstIndex(of: UInt8(ascii: ":"))
        guard let colon else {
            host = range
            port = nil
            return
        }
        var end = colon
        while end > range.lowerBound, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        host = range.lowerBound..<end
        var number = 0
        for byte in bytes[(colon + 1)..<range.upperBound] where byte &- 0x30 < 10 {
            number = min(number * 10 + Int(byte &- 0x30), 65_536)
        }
        port = number > 0 ? UInt16(exactly: number) : nil
    }

    /// The host as an address; nil for a name.
    var address: SocketAddress? {
        ipv4.map { SocketAddress(family: .v4, high: 0, low: $0, port: 0) }
            ?? SocketAddress(String(decoding: bytes[host], as: UTF8.self), port: 0)
    }

    /// Whether the host is the address a packet came from (§18.2.1).
    func isHost(of source: SocketAddress) -> Bool { address == source.with(port: 0) }

    private var ipv4: UInt64? {
        var word: UInt64 = 0
        var octet: UInt64 = 0
        var digits = 0
        var dots = 0
        for byte in bytes[host] {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                word = word << 8 | octet
                octet = 0
                digits = 0
                dots += 1
                continue
            }
            guard byte &- 0x30 < 10, digits < 3 else { return nil }
            octet = octet * 10 + UInt64(byte &- 0x30)
            digits += 1
            guard octet < 256 else { return nil }
        }
        return dots == 3 && digits > 0 ? word << 8 | octet : nil
    }
}
