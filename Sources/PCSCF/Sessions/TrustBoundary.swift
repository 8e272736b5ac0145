import SIP

/// What crosses between a UE and the trust domain, TS 24.229 §4.4 and §5.2.6, RFC 3325 §7, RFC 7315 §4.
enum TrustBoundary {
    /// Headers only the network writes: a UE's are not believed.
    private static let networkOnly: [HeaderID] = [
        .pAssertedIdentity, .pAssertedService, .pAssociatedURI, .pCalledPartyID, .pChargingVector,
        .pChargingFunctionAddresses, .pProfileKey, .pServedUser, .pUserDatabase, .pVisitedNetworkID,
    ]

    /// Headers between the UE and this P-CSCF alone, RFC 3329.
    private static let hopOnly: [HeaderID] = [.securityClient, .securityVerify, .securityServer]

    /// Headers a UE does not get to see.
    private static let hidden: [HeaderID] = [
        .pChargingVector, .pChargingFunctionAddresses, .pServedUser, .pUserDatabase, .pProfileKey,
        .pVisitedNetworkID, .pAccessNetworkInfo,
    ]

    /// A request or response that comes from a UE.
    static func enter(_ edit: inout SIPEdit) {
        let message = edit.message
        for header in networkOnly where message.has(header) { edit.removeAll(header) }
        if message.has(.pAccessNetworkInfo) { RegisterEdit.screenAccessNetworkInfo(&edit) }
        guard message.isRequest else { return }
        for header in hopOnly where message.has(header) { edit.removeAll(header) }
    }

    /// A request or response that goes to a UE. Who asked for privacy stays unnamed, RFC 3325 §7.
    static func leave(_ edit: inout SIPEdit) {
        let message = edit.message
        for header in hidden where message.has(header) { edit.removeAll(header) }
        if message.has(.pAssertedIdentity), asksForPrivacy(message) { edit.removeAll(.pAssertedIdentity) }
    }

    /// `id` in Privacy (RFC 3323 §4.2: values are divided by semicolons).
    static func asksForPrivacy(_ message: SIPMessage) -> Bool {
        message.text(.privacy)?.lowercased().split(separator: ";").contains {
            $0.trimmingSpaces == "id"
        } ?? false
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
