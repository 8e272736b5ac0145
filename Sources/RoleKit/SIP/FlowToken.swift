import SIP

/// A flow in the user part of a Record-Route URI (RFC 5626 §5.2): requests of the dialog find the UE by it, whatever has
/// become of its registration, and nothing is kept for it here.
///
/// The tag is keyed with a secret of this run, so nobody can make one up and aim our requests at a third party.
public struct FlowToken: Sendable {
    private let seed: (UInt64, UInt64)

    public init(_ random: any Randomness) { seed = (random.next(), random.next()) }

    /// The secret of an earlier run, as `secret` gave it; nil if it is none.
    public init?(secret: String) {
        guard let octets = Hex.decode(secret), octets.count == 16 else { return nil }
        seed = (Self.number(octets[..<8]), Self.number(octets[8...]))
    }

    /// For safekeeping: whoever has it can make tokens.
    public var secret: String { Hex.encode(Self.bigEndian(seed.0, 8) + Self.bigEndian(seed.1, 8)) }

    /// Hexadecimal: tag, kinds, socket, port, address and, of a stream, the connection.
    public func text(of flow: SIPFlow) -> String {
        let body = Self.bytes(flow)
        return Hex.encode(Self.bigEndian(tag(body, 0..<body.count), 8) + body)
    }

    /// The flow of a token of ours; nil for anything else.
    public func flow(of text: String) -> SIPFlow? {
        let bytes = Array(text.utf8)
        return flow(of: bytes, 0..<bytes.count)
    }

    /// The flow of a token of ours that stands in a message.
    public func flow(of text: [UInt8], _ range: Range<Int>) -> SIPFlow? {
        guard range.count <= 2 * Self.longest, range.count % 2 == 0, range.upperBound <= text.count else { return nil }
        var token: [UInt8] = []
        token.reserveCapacity(Self.longest)
        for at in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
            guard let high = Hex.value(text[at]), let low = Hex.value(text[at + 1]) else { return nil }
            token.append(high << 4 | low)
        }
        guard token.count > 8, tag(token, 8..<token.count) == Self.number(token[..<8]) else { return nil }
        return Self.flow(token[8...])
    }

    /// Octets of the longest token: IPv6 over TCP.
    private static let longest = 39

    private func tag(_ bytes: [UInt8], _ body: Range<Int>) -> UInt64 {
        var hash = KeyHash(seed: seed)
        hash.add(bytes, body)
        return hash.finish().high
    }

    private static func bytes(_ flow: SIPFlow) -> [UInt8] {
        let isV6 = flow.remote.family == .v6
        var body = [flow.kind.rawValue | (isV6 ? 0x80 : 0)]
        body += bigEndian(UInt64(flow.listener.raw), 4) + bigEndian(UInt64(flow.remote.port), 2)
        body += isV6 ? bigEndian(flow.remote.high, 8) + bigEndian(flow.remote.low, 8) : bigEndian(flow.remote.low, 4)
        return body + (flow.connection.map { bigEndian($0.raw, 8) } ?? [])
    }

    private static func flow(_ body: ArraySlice<UInt8>) -> SIPFlow? {
        let first = body.startIndex
        func part(_ from: Int, _ to: Int) -> UInt64 { number(body[(first + from)..<(first + to)]) }
        let isV6 = body[first] & 0x80 != 0
        let end = isV6 ? 23 : 11
        guard let kind = LinkKind(rawValue: body[first] & 0x7F), body.count == end || body.count == end + 8 else {
            return nil
        }
        let remote = SocketAddress(
            family: isV6 ? .v6 : .v4, high: isV6 ? part(7, 15) : 0, low: part(isV6 ? 15 : 7, end),
            port: UInt16(truncatingIfNeeded: part(5, 7)))
        return SIPFlow(
            kind: kind, listener: ListenerID(raw: UInt32(truncatingIfNeeded: part(1, 5))), remote: remote,
            connection: body.count > end ? ConnectionID(raw: part(end, end + 8)) : nil)
    }

    private static func bigEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
