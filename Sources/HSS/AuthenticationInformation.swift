import AKA
import Diameter

/// Authentication information retrieval: AIR and AIA (TS 29.272 §5.2.3.1).
enum AuthenticationInformation {
    /// Vectors one AIA carries at most (TS 29.272 §7.3.15 leaves it to the HSS); an MME that keeps some loses them with
    /// its memory.
    static let highestVectors = 5

    struct Request: Hashable {
        /// User-Name is the IMSI, without a realm.
        var imsi: String
        var servingNetwork: [UInt8]
        /// nil where the MME asks for no E-UTRAN vectors.
        var vectors: Int?
        var asksForOthers = false
        /// RAND ‖ AUTS after a synchronisation failure.
        var resynchronisation: [UInt8]?
    }

    enum Decision: Hashable {
        case refuse(CxResult)
        case vectors(AKAKeys, ServingNetwork, items: Int, MultimediaAuth.SynchronisationFailure?)
    }

    /// The checks of §5.2.3.1.3 in their order.
    static func answer(_ request: Request, _ record: SubscriberRecord?) -> Decision {
        guard let record else { return .refuse(.experimental(.userUnknown)) }
        guard case .aka(let keys) = record.subscriber.authentication else {
            return .refuse(.experimental(.unknownEPSSubscription))
        }
        guard let network = ServingNetwork(request.servingNetwork) else {
            return .refuse(
                .fault(
                    .invalidAVPValue, S6a.visitedPLMNID, request.servingNetwork,
                    "Visited-PLMN-Id has \(request.servingNetwork.count) octets, not 3"))
        }
        guard let wanted = request.vectors else {
            // UTRAN and GERAN vectors are S6d's; nothing asked for at all is no request.
            if request.asksForOthers { return .refuse(.experimental(.authenticationDataUnavailable)) }
            return .refuse(
                .fault(
                    .missingAVP, S6a.requestedEUTRANAuthenticationInfo, AVPGroup(),
                    "Requested-EUTRAN-Authentication-Info is missing"))
        }
        var failure: MultimediaAuth.SynchronisationFailure?
        if let octets = request.resynchronisation {
            failure = MultimediaAuth.SynchronisationFailure(octets)
            guard failure != nil else { return .refuse(malformed(octets)) }
            guard record.resynchronisations < MultimediaAuth.highestResynchronisations else {
                return .refuse(.experimental(.authenticationDataUnavailable))
            }
        }
        return .vectors(keys, network, items: max(1, min(wanted, highestVectors)), failure)
    }

    private static func malformed(_ octets: [UInt8]) -> CxResult {
        .fault(
            .invalidAVPValue, S6a.reSynchronizationInfo, octets,
            "Re-Synchronization-Info has \(octets.count) octets, RAND and AUTS have 30")
    }
}

extension AuthenticationInformation {
    /// nil if an AVP the command's grammar asks for is not there.
    static func request(_ message: DiameterMessage) -> Request? {
        guard let imsi = message[Base.userName], let network = message[S6a.visitedPLMNID] else { return nil }
        let wanted = message[S6a.requestedEUTRANAuthenticationInfo]
        return Request(
            imsi: imsi, servingNetwork: network,
            vectors: wanted.map { Int($0[S6a.numberOfRequestedVectors] ?? 1) },
            asksForOthers: message.has(S6a.requestedUTRANGERANAuthenticationInfo),
            resynchronisation: wanted?[S6a.reSynchronizationInfo])
    }

    /// One E-UTRAN-Vector each, numbered in the order they are to be used where there are several (§7.3.18, §7.3.23).
    static func write(_ vectors: [EPSVector], to message: inout DiameterMessage) {
        message.add(
            S6a.authenticationInfo,
            AVPGroup { info in
                for (index, vector) in vectors.enumerated() {
                    info.add(
                        S6a.eutranVector,
                        AVPGroup {
                            if vectors.count > 1 { $0.add(S6a.itemNumber, UInt32(index + 1)) }
                            $0.add(S6a.rand, vector.rand.octets)
                            $0.add(S6a.xres, vector.xres)
                            $0.add(S6a.autn, vector.autn.octets)
                            $0.add(S6a.kasme, vector.kasme)
                        })
                }
            })
    }
}
