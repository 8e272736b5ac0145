import RoleKit

/// Makes pcap records of messages: an IP header, a UDP or TCP header, the message.
///
/// TCP sequence numbers run on per connection and direction, so that a reader sees one gapless stream per connection.
struct PacketWriter {
    private struct Flow: Hashable {
        var from: SocketAddress
        var to: SocketAddress
    }

    /// pcap 2.4 in network byte order, nanosecond timestamps (magic a1b23c4d), link type 101 = raw IP.
    static let fileHeader: [UInt8] = {
        let version = half(2) + half(4)
        let zoneAndAccuracy = word(0) + word(0)
        return word(0xA1B2_3C4D) + version + zoneAndAccuracy + word(UInt32(maximumPacket)) + word(101)
    }()

    private static let maximumPacket = 65_535
    /// TCP payload per packet: below 65,535 with both headers.
    private static let segmentBytes = 65_000
    /// Streams whose sequence numbers are remembered; the table is cleared when full.
    private static let maximumFlows = 65_536

    private var sent: [Flow: UInt32] = [:]

    mutating func append(
        _ message: [UInt8], _ link: LinkKind, from: SocketAddress, to: SocketAddress, unixNanoseconds: Int64,
        into file: inout [UInt8]
    ) {
        guard from.family == to.family else { return }
        switch link {
        case .udp:
            let room = Self.maximumPacket - 48
            let payload = message.prefix(room)
            record(header(udp: payload, from, to) + payload, 17, from, to, unixNanoseconds, &file)
        case .tcp:
            var rest = message[...]
            while !rest.isEmpty {
                let payload = rest.prefix(Self.segmentBytes)
                rest = rest.dropFirst(payload.count)
                record(header(tcp: payload.count, from, to) + payload, 6, from, to, unixNanoseconds, &file)
            }
        }
    }

    private func header(udp payload: ArraySlice<UInt8>, _ from: SocketAddress, _ to: SocketAddress) -> [UInt8] {
        let ports = Self.half(from.port) + Self.half(to.port)
        return ports + Self.half(UInt16(payload.count + 8)) + Self.half(0)
    }

    private mutating func header(tcp count: Int, _ from: SocketAddress, _ to: SocketAddress) -> [UInt8] {
        if sent.count >= Self.maximumFlows { sent.removeAll() }
        let flow = Flow(from: from, to: to)
        let sequence = sent[flow] ?? 1
        let acknowledged = sent[Flow(from: to, to: from)] ?? 1
        sent[flow] = sequence &+ UInt32(count)
        let lengthAndFlags: [UInt8] = [0x50, 0x18]
        let ports = Self.half(from.port) + Self.half(to.port)
        let windowSumUrgent = Self.half(65_535) + Self.word(0)
        return ports + Self.word(sequence) + Self.word(acknowledged) + lengthAndFlags + windowSumUrgent
    }

    private func record(
        _ segment: [UInt8], _ number: UInt8, _ from: SocketAddress, _ to: SocketAddress, _ time: Int64,
        _ file: inout [UInt8]
    ) {
        var segment = segment
        let addresses = Self.bytes(of: from) + Self.bytes(of: to)
        let pseudo = addresses + Self.half(UInt16(number)) + Self.half(UInt16(segment.count))
        // RFC 768, RFC 9293 §3.1, RFC 8200 §8.1: sum over addresses, protocol, length and segment.
        let sum = Self.checksum(pseudo + segment)
        let at = number == 17 ? 6 : 16
        // A UDP sum of 0 means none was made, so it is sent as all ones.
        let shown = number == 17 && sum == 0 ? 0xFFFF : sum
        segment[at] = UInt8(shown >> 8)
        segment[at + 1] = UInt8(shown & 0xFF)

        let packet = Self.internetHeader(from.family, number, segment.count, addresses) + segment
        let seconds = UInt32(clamping: time / 1_000_000_000)
        let length = Self.word(UInt32(packet.count))
        file += Self.word(seconds) + Self.word(UInt32(clamping: time % 1_000_000_000)) + length + length + packet
    }

    private static func internetHeader(
        _ family: SocketAddress.Family, _ number: UInt8, _ count: Int, _ addresses: [UInt8]
    ) -> [UInt8] {
        switch family {
        case .v4:
            let rest: [UInt8] = [0, 0, 0x40, 0, 64, number, 0, 0]
            var header: [UInt8] = [0x45, 0] + half(UInt16(count + 20)) + rest + addresses
            let sum = checksum(header)
            header[10] = UInt8(sum >> 8)
            header[11] = UInt8(sum & 0xFF)
            return header
        case .v6:
            let rest: [UInt8] = [number, 64]
            return [0x60, 0, 0, 0] + half(UInt16(count)) + rest + addresses
        }
    }

    private static func bytes(of address: SocketAddress) -> [UInt8] {
        let low = word(UInt32(truncatingIfNeeded: address.low))
        if address.family == .v4 { return low }
        let upper = word(UInt32(address.high >> 32)) + word(UInt32(truncatingIfNeeded: address.high))
        return upper + word(UInt32(address.low >> 32)) + low
    }

    /// The Internet checksum (RFC 1071).
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for i in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[i]) << 8 | (i + 1 < bytes.count ? UInt32(bytes[i + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }

    private static func half(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    private static func word(_ value: UInt32) -> [UInt8] { half(UInt16(value >> 16)) + half(UInt16(value & 0xFFFF)) }

}
