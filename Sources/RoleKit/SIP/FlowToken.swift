import SIP

/// A flow in the user part of a Record-Route URI (RFC 5626 §5.2): requests of the dialog find the UE by it, whatever has
/// become of its registration, and nothing is kept for it here.
///
/// The tag is keyed with a secret of this run, so nobody can make one up and aim our requests at a third party.
public struct FlowToken: Sendable {
    private let seed: (UInt64, UInt64)

    public init(_ random: any Randomness) { seed = (random.next(), random.next()) }

    /// Hexadecimal: tag, kinds, socket, port, address and, of a stream, the connection.
    public func text(of flow: SIPFlow) -> String {
        let body = Self.bytes(flow)
        return Hex.encode(Self.bigEndian(tag(body), 8) + body)
    }

    /// The flow of a token of ours; nil for anything else.
    public func flow(of text: String) -> SIPFlow? {
        guard text.utf8.count <= 2 * Self.longest, let bytes = Hex.decode(text), bytes.count > 8 else { return nil }
        let body = Array(bytes[8...])
        guard Self.bigEndian(tag(body), 8).elementsEqual(bytes[..<8]) else { return nil }
        return Self.flow(body)
    }

    /// Octets of the longest token: IPv6 over TCP.
    private static let longest = 39

    private func tag(_ body: [UInt8]) -> UInt64 {
        var hash = KeyHash(seed: seed)
        hash.add(body, 0..<body.count)
        return hash.finish().high
    }

    private static func bytes(_ flow: SIPFlow) -> [UInt8] {
        let isV6 = flow.remote.family == .v6
        var body = [flow.kind.rawValue | (isV6 ? 0x80 : 0)]
        body += bigEndian(UInt64(flow.listener.raw), 4) + bigEndian(UInt64(flow.remote.port), 2)
        body += isV6 ? bigEndian(flow.remote.high, 8) + bigEndian(flow.remote.low, 8) : bigEndian(flow.remote.low, 4)
        return body + (flow.connection.map { bigEndian($0.raw, 8) } ?? [])
    }

    private static func flow(_ body: [UInt8]) -> SIPFlow? {
        let isV6 = body[0] & 0x80 != 0
        let address = isV6 ? 23 : 11
        guard let kind = LinkKind(rawValue: body[0] & 0x7F), body.count == address || body.count == address + 8 else {
            return nil
        }
        let remote = SocketAddress(
            family: isV6 ? .v6 : .v4, high: isV6 ? number(body[7..<15]) : 0,
            low: number(body[(isV6 ? 15 : 7)..<address]), port: UInt16(truncatingIfNeeded: number(body[5..<7])))
        return SIPFlow(
            kind: kind, listener: ListenerID(raw: UInt32(truncatingIfNeeded: number(body[1..<5]))), remote: remote,
            connection: body.count > address ? ConnectionID(raw: number(body[address...])) : nil)
    }

    private static func bigEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
