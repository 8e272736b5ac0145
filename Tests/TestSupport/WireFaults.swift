public import RoleKit

/// What becomes of one datagram.
public enum DatagramFate: Hashable, Sendable {
    case deliver
    case lose
    case delay(milliseconds: Int)
    /// Arrives now, and again after so long.
    case duplicate(afterMilliseconds: Int)
}

/// A datagram on its way, as a fault rule sees it.
public struct DatagramInFlight {
    public var bytes: [UInt8]
    public var from: SocketAddress
    public var to: SocketAddress
    /// 1 for the first datagram of the world.
    public var number: Int
    /// How it left its host; what is sealed nobody on the way could read.
    public var passage: VirtualIPsec.Passage

    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// How the world's wires misbehave. Nothing is wrong by default.
public struct WireFaults {
    /// Decides over each datagram first; nil leaves it to the percentages.
    public var rule: ((DatagramInFlight) -> DatagramFate?)?
    public var lossPercent = 0
    public var duplicatePercent = 0
    public var delayPercent = 0
    /// The most a delayed or duplicated datagram comes later.
    public var delayMilliseconds = 50
    /// Time every datagram and stream segment takes.
    public var latencyMilliseconds = 0
    /// Streams arrive in pieces of at most so many bytes; nil: as sent.
    public var segmentBytes: Int?
    /// Addresses (host part) nothing reaches and nothing leaves: a cut cable. Connections to them time out.
    public var dark: [SocketAddress] = []

    public init() {}

    func isDark(_ address: SocketAddress) -> Bool {
        dark.contains { $0.with(port: 0) == address.with(port: 0) && ($0.port == 0 || $0.port == address.port) }
    }
}
