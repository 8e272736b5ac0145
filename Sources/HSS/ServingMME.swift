/// The MME that serves a subscriber (TS 23.008 §2.4): where CLR goes.
///
/// Immutable and shared: a subscriber without one costs a pointer.
public final class ServingMME: Hashable, Sendable {
    /// Origin-Host of its last ULR.
    public let host: String
    public let realm: String
    /// The MME has deleted the subscriber after a long silence (TS 29.272 §5.2.1.3.3).
    public let isPurged: Bool

    public init(host: String, realm: String, isPurged: Bool = false) {
        self.host = host
        self.realm = realm
        self.isPurged = isPurged
    }

    var purged: ServingMME { ServingMME(host: host, realm: realm, isPurged: true) }

    /// Diameter identities are compared without case (RFC 6733 §4.3.1).
    func isHost(_ other: String) -> Bool { host.lowercased() == other.lowercased() }

    public static func == (a: ServingMME, b: ServingMME) -> Bool {
        a.host == b.host && a.realm == b.realm && a.isPurged == b.isPurged
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(realm)
        hasher.combine(isPurged)
    }
}
