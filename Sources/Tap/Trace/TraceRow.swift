public import RoleKit

/// One line of a timeline: what an instance's ring held, read.
public struct TraceRow: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case sip = "SIP"
        case diameter = "Diameter"
        case event
    }

    public var unixNanoseconds: Int64
    /// The instance that saw it.
    public var instance: String
    public var role: Role
    public var kind: Kind
    public var received: Bool
    public var link: String
    public var local: SocketAddress
    public var remote: SocketAddress
    /// Start line, command or event in a few words.
    public var summary: String
    /// Call-ID or Session-Id; empty if there is none.
    public var call: String
    /// Keys (`TraceKey`) of the identities it names.
    public var identities: [String]
    /// Whether those identities all belong to one subscriber, as in a REGISTER, so that one leads to the others.
    public var isOneSubscriber: Bool
    /// The message without its secrets.
    public var bytes: [UInt8]

    /// The end it came from and the one it goes to.
    public var from: SocketAddress { received ? remote : local }
    public var to: SocketAddress { received ? local : remote }
}

/// Which instance's ring rows come from, and how its clock relates to the wall's.
public struct TraceSource: Sendable {
    public var instance: String
    public var role: Role
    /// Added to the loop's clock to give nanoseconds since 1970.
    public var epochOffset: Int64

    public init(instance: String, role: Role, epochOffset: Int64) {
        self.instance = instance
        self.role = role
        self.epochOffset = epochOffset
    }
}

extension TraceRow {
    /// Reads a ring's entry. Costs a parse, so it is done where a trace is asked for, not on the loop.
    public init(_ entry: TapEntry, _ source: TraceSource) {
        unixNanoseconds = Int64(clamping: entry.time.nanoseconds) + source.epochOffset
        instance = source.instance
        role = source.role
        received = entry.direction == .received
        link = entry.link == .udp ? "UDP" : "TCP"
        local = entry.local
        remote = entry.remote
        bytes = entry.content.bytes
        let reading: TraceReading
        switch entry.content {
        case .sip(let bytes):
            kind = .sip
            reading = TraceReading(sip: bytes)
        case .diameter(let bytes):
            kind = .diameter
            reading = TraceReading(diameter: bytes)
        case .event(let event):
            kind = .event
            reading = TraceReading(event)
        }
        summary = reading.summary
        call = reading.call
        identities = reading.identities
        isOneSubscriber = reading.isOneSubscriber
    }
}
