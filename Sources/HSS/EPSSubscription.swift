/// What subscribers may use of EPS: access points and rates (TS 23.008 §2.13). A subscriber may have some of the access
/// points alone (`Subscriber.Further.accessPoints`).
public struct EPSSubscription: Hashable, Sendable {
    /// The first is the default one.
    public var accessPoints: [AccessPoint]
    /// Of all access points together.
    public var rate: AggregateRate

    public init(accessPoints: [AccessPoint] = [.internet, .ims], rate: AggregateRate = AggregateRate()) {
        self.accessPoints = accessPoints
        self.rate = rate
    }

    /// A subscriber's access points, the default one first, with their Context-Identifiers. Those are the places in the
    /// configuration, so that an access point has the same one whoever may use it.
    func accessPoints(of subscriber: Subscriber) -> [(number: UInt32, point: AccessPoint)] {
        let all = accessPoints.enumerated().map { (number: UInt32($0.offset + 1), point: $0.element) }
        guard let names = subscriber.further?.accessPoints, !names.isEmpty else { return all }
        return names.compactMap { name in all.first { $0.point.name.lowercased() == name.lowercased() } }
    }
}

/// AMBR (TS 29.272 §7.3.41), in kbit/s.
public struct AggregateRate: Hashable, Sendable {
    /// What an Unsigned32 of bits per second holds.
    public static let highest = 4_294_967
    public var uplink: Int
    public var downlink: Int

    public init(uplink: Int = 1_000_000, downlink: Int = 1_000_000) {
        self.uplink = uplink
        self.downlink = downlink
    }
}

/// One APN-Configuration (TS 29.272 §7.3.35).
public struct AccessPoint: Hashable, Sendable {
    public enum PDNType: String, Hashable, Sendable, CaseIterable { case ipv4, ipv6, ipv4v6 }

    /// Network identifier (TS 23.003 §9.1.1).
    public var name: String
    /// QoS class of the default bearer (TS 23.203 §6.1.7.2).
    public var qci: Int
    /// Allocation and retention priority, 1 is the highest (TS 29.212 §5.3.45).
    public var priority: Int
    public var pdnType: PDNType
    /// Of this access point; nil takes the subscriber's.
    public var rate: AggregateRate?

    public init(
        _ name: String, qci: Int = 9, priority: Int = 8, pdnType: PDNType = .ipv4v6, rate: AggregateRate? = nil
    ) {
        self.name = name
        self.qci = qci
        self.priority = priority
        self.pdnType = pdnType
        self.rate = rate
    }

    public static let internet = AccessPoint("internet")
    /// IR.92 §4.3.1: the default bearer of the `ims` access point carries SIP with QCI 5.
    public static let ims = AccessPoint("ims", qci: 5, priority: 1)
}
