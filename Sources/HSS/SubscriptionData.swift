import Diameter

/// Subscription-Data of ULA and IDR (TS 29.272 §7.3.2).
enum SubscriptionData {
    /// What of it an IDR has: what has changed (§5.2.2.1.2).
    struct Selection: Hashable, Sendable {
        var hasMSISDN = false
        /// Status, access mode and AMBR.
        var hasRates = false
        /// The whole profile, in place of what the MME has: MMEs exist that pass over a part of one.
        var hasAccessPoints = false

        static let everything = Selection(hasMSISDN: true, hasRates: true, hasAccessPoints: true)
        var isEmpty: Bool { self == Selection() }

        mutating func add(_ other: Selection) {
            hasMSISDN = hasMSISDN || other.hasMSISDN
            hasRates = hasRates || other.hasRates
            hasAccessPoints = hasAccessPoints || other.hasAccessPoints
        }
    }

    /// Network-Access-Mode is ONLY_PACKET: nothing here knows circuits. No Access-Restriction-Data: any E-UTRAN will do.
    static func group(
        _ subscriber: Subscriber, _ subscription: EPSSubscription, _ selection: Selection = .everything
    ) -> AVPGroup {
        AVPGroup {
            if selection.hasRates { $0.add(S6a.subscriberStatus, .serviceGranted) }
            if selection.hasMSISDN, let msisdn = subscriber.msisdn { $0.add(S6a.msisdn, telephonyBCD(msisdn)) }
            if selection.hasRates {
                $0.add(S6a.networkAccessMode, .onlyPacket)
                $0.add(S6a.ambr, rate(subscription.rate))
            }
            if selection.hasAccessPoints, let profile = profile(subscriber, subscription) {
                $0.add(S6a.apnConfigurationProfile, profile)
            }
        }
    }

    /// The profile's own Context-Identifier is that of the default access point (§7.3.27, §7.3.34); nil without any.
    private static func profile(_ subscriber: Subscriber, _ subscription: EPSSubscription) -> AVPGroup? {
        let points = subscription.accessPoints(of: subscriber)
        guard let first = points.first else { return nil }
        return AVPGroup { profile in
            profile.add(S6a.contextIdentifier, first.number)
            profile.add(S6a.allAPNConfigurationsIncludedIndicator, .all)
            for (number, point) in points {
                profile.add(S6a.apnConfiguration, configuration(point, number, subscription.rate))
            }
        }
    }

    private static func configuration(_ point: AccessPoint, _ number: UInt32, _ common: AggregateRate) -> AVPGroup {
        AVPGroup {
            $0.add(S6a.contextIdentifier, number)
            $0.add(S6a.pdnType, point.pdnType.value)
            $0.add(S6a.serviceSelection, point.name)
            $0.add(
                S6a.epsSubscribedQoSProfile,
                AVPGroup {
                    $0.add(S6a.qosClassIdentifier, Int32(point.qci))
                    $0.add(S6a.allocationRetentionPriority, priority(point))
                })
            $0.add(S6a.ambr, rate(point.rate ?? common))
        }
    }

    /// What TS 29.212 §5.3.46 and §5.3.47 assume of a bearer that says nothing, said.
    private static func priority(_ point: AccessPoint) -> AVPGroup {
        AVPGroup {
            $0.add(S6a.priorityLevel, UInt32(point.priority))
            $0.add(S6a.preemptionCapability, .disabled)
            $0.add(S6a.preemptionVulnerability, .enabled)
        }
    }

    private static func rate(_ rate: AggregateRate) -> AVPGroup {
        AVPGroup {
            $0.add(S6a.maxRequestedBandwidthUL, UInt32(clamping: rate.uplink * 1_000))
            $0.add(S6a.maxRequestedBandwidthDL, UInt32(clamping: rate.downlink * 1_000))
        }
    }

    /// The number's digits, two to an octet, the first in the low half, a filler of 1111 (TS 29.329 §6.3.2).
    static func telephonyBCD(_ digits: Digits) -> [UInt8] {
        let values = digits.description.utf8.map { $0 &- 48 }
        return stride(from: 0, to: values.count, by: 2).map {
            ($0 + 1 < values.count ? values[$0 + 1] : 15) << 4 | values[$0]
        }
    }
}

extension AccessPoint.PDNType {
    fileprivate var value: S6a.PDNType {
        switch self {
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .ipv4v6: .ipv4v6
        }
    }
}
