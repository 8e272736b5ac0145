import Diameter

/// An MME takes a subscriber over: ULR and ULA (TS 29.272 §5.2.1.1).
enum UpdateLocation {
    struct Request: Hashable {
        var imsi: String
        var host: String
        var realm: String
        var ratType: S6a.RATType
        /// ULR-Flags (§7.3.7).
        var flags: UInt32

        /// Bit 2: the MME has the subscription data still.
        var skipsSubscriberData: Bool { flags & 1 << 2 != 0 }
    }

    enum Answer: Hashable {
        case refuse(CxResult)
        /// - Parameter cancelled: the MME that served the subscriber until now.
        case serve(by: ServingMME, sendsData: Bool, cancelled: ServingMME?)
    }

    /// ULA-Flags bit 0: MME and SGSN are kept apart (§7.3.8); there are no SGSNs here.
    static let separationIndication: UInt32 = 1
    /// The checks of §5.2.1.1.3 in their order.
    static func answer(_ request: Request, _ record: SubscriberRecord?, _ subscription: EPSSubscription) -> Answer {
        guard let record else { return .refuse(.experimental(.userUnknown)) }
        guard case .aka = record.subscriber.authentication,
            !subscription.accessPoints(of: record.subscriber).isEmpty
        else {
            return .refuse(.experimental(.unknownEPSSubscription))
        }
        guard isEUTRAN(request.ratType) else { return .refuse(.experimental(.ratNotAllowed)) }
        let next = ServingMME(host: request.host, realm: request.realm)
        var cancelled: ServingMME?
        if let last = record.mme, !last.isPurged, !last.isHost(request.host) { cancelled = last }
        return .serve(by: next, sendsData: !request.skipsSubscriberData, cancelled: cancelled)
    }

    /// E-UTRAN with its kinds for machines, EUTRAN-NB-IoT and LTE-M.
    private static func isEUTRAN(_ type: S6a.RATType) -> Bool { [1004, 1005, 1007].contains(type.rawValue) }
}

extension UpdateLocation {
    static func request(_ message: DiameterMessage) -> Request? {
        guard let imsi = message[Base.userName], let host = message[Base.originHost],
            let realm = message[Base.originRealm], let type = message[S6a.ratType], let flags = message[S6a.ulrFlags]
        else { return nil }
        return Request(imsi: imsi, host: host, realm: realm, ratType: type, flags: flags)
    }
}

/// The MME has deleted a subscriber: PUR and PUA (TS 29.272 §5.2.1.3).
enum PurgeUE {
    /// PUA-Flags bit 0: the M-TMSI may not be given to another (§7.3.48).
    static let freezeMTMSI: UInt32 = 1

    /// The result, the flags, and what is remembered of the MME from now on if anything changes: only the MME that
    /// serves the subscriber can purge it.
    static func answer(
        _ record: SubscriberRecord?, host: String
    ) -> (result: CxResult, flags: UInt32, mme: ServingMME?) {
        guard let record else { return (.experimental(.userUnknown), 0, nil) }
        guard let mme = record.mme, mme.isHost(host) else { return (.success, 0, nil) }
        return (.success, freezeMTMSI, mme.purged)
    }
}

/// The MME tells of a UE: NOR and NOA (TS 29.272 §5.2.5.1). What it tells – a PDN GW chosen, a UE within reach again – is
/// for handover to other accesses and short messages by SGs, neither of which this HSS serves.
enum Notify {
    static func answer(_ record: SubscriberRecord?, host: String) -> CxResult {
        guard let record else { return .experimental(.userUnknown) }
        guard record.mme?.isHost(host) == true else { return .experimental(.unknownServingNode) }
        return .success
    }
}
