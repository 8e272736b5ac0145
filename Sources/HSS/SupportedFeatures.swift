import Diameter

/// Negotiation of optional features of Cx and S6a (TS 29.229 §7.1.1, §7.2.1). This HSS has none of feature list 1 yet: shared
/// iFC sets, alias indication and restoration are later issues.
enum SupportedFeatures {
    private static let own: UInt32 = 0
    private static let listID: UInt32 = 1

    /// True if the request insists (M bit) on a feature we do not have: DIAMETER_ERROR_FEATURE_UNSUPPORTED.
    static func isRefused(_ message: DiameterMessage) -> Bool {
        var offset = message.body.lowerBound
        while let place = message.find(Cx.supportedFeatures.code, Cx.supportedFeatures.vendor, from: offset) {
            offset = place.next
            guard place.flags.contains(.m), let group = AVPGroup(avp: message.bytes, in: place.data) else { continue }
            if (group[Cx.featureList] ?? 0) & ~own != 0 || group[Cx.featureListID] != listID { return true }
        }
        return false
    }

    /// For each list an MME names, that we have nothing of it (TS 29.229 §7.2.1, TS 29.272 §7.3.10).
    static func answer(_ request: DiameterMessage, in answer: inout DiameterMessage) {
        var named: Set<UInt32> = []
        for id in request.all(Cx.supportedFeatures).compactMap({ $0[Cx.featureListID] })
        where named.count < highestLists && named.insert(id).inserted {
            add(id, to: &answer)
        }
    }

    /// Feature lists of S6a (TS 29.272 §7.3.10) and some to come.
    private static let highestLists = 4

    /// What we have, for the refusal.
    static func add(to answer: inout DiameterMessage) { add(listID, to: &answer) }

    private static func add(_ listID: UInt32, to answer: inout DiameterMessage) {
        answer.add(
            Cx.supportedFeatures,
            AVPGroup {
                $0.add(Base.vendorID, Vendor.threeGPP.rawValue)
                $0.add(Cx.featureListID, listID)
                $0.add(Cx.featureList, own)
            })
    }
}
