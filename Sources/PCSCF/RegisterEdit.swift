import SIP

/// The changes to a REGISTER on its way from Gm to Mw, TS 24.229 §5.2.2.1 to §5.2.2.3.
struct RegisterEdit {
    /// Our Path URI in angle brackets.
    var path: String
    var visitedNetwork: String
    var chargingVector: String
    /// What the Authorization header says, where it is readable.
    var credentials: DigestCredentials?
    var integrityProtected: String?
    /// What the network provides, TS 24.229 §5.2.2.1; nil: nothing.
    var accessNetworkInfo: String?

    /// Headers only the network may set; a UE's are not believed.
    static let networkOnly: [HeaderID] = [
        .pVisitedNetworkID, .pChargingVector, .pChargingFunctionAddresses, .pAssertedIdentity, .pAssertedService,
        .pAssociatedURI, .pServedUser, .pUserDatabase, .pProfileKey, .pCalledPartyID, .serviceRoute, .path,
        .securityClient, .securityVerify, .securityServer, .route,
    ]

    func apply(to edit: inout SIPEdit) {
        let message = edit.message
        for header in Self.networkOnly where message.has(header) { edit.removeAll(header) }
        Self.rewrite(.proxyRequire, in: &edit, dropping: ["sec-agree"], adding: nil)
        Self.rewrite(.require, in: &edit, dropping: ["sec-agree"], adding: "path")
        Self.rewrite(.supported, in: &edit, dropping: ["sec-agree"], adding: "path")
        Self.screenAccessNetworkInfo(&edit)
        if let accessNetworkInfo { edit.append(.pAccessNetworkInfo, accessNetworkInfo) }
        setAuthorization(&edit)
        edit.append(.path, path)
        edit.append(.pVisitedNetworkID, visitedNetwork)
        edit.append(.pChargingVector, chargingVector)
    }

    /// One Authorization header, without what the UE wrote about its own protection.
    private func setAuthorization(_ edit: inout SIPEdit) {
        guard edit.message.has(.authorization) else { return }
        guard var credentials else { return edit.removeAll(.authorization) }
        let isUntouched = edit.message.count(.authorization) == 1 && credentials.fields["integrity-protected"] == nil
        if isUntouched, integrityProtected == nil { return }
        credentials.fields["integrity-protected"] = integrityProtected
        edit.set(.authorization, credentials.text)
    }

    /// A `network-provided` access network is the network's to write.
    static func screenAccessNetworkInfo(_ edit: inout SIPEdit) {
        guard edit.message.mentions("network-provided", in: .pAccessNetworkInfo) else { return }
        let values = edit.message.texts(.pAccessNetworkInfo)
        let kept = values.filter { !$0.lowercased().contains("network-provided") }
        guard kept.count < values.count else { return }
        edit.removeAll(.pAccessNetworkInfo)
        for value in kept { edit.append(.pAccessNetworkInfo, value) }
    }

    /// Rewrites a list of option tags, only where it has to change.
    static func rewrite(_ id: HeaderID, in edit: inout SIPEdit, dropping: [String], adding: String?) {
        let tags = edit.message.texts(id)
        var kept = tags.filter { !dropping.contains($0.lowercased()) }
        if let adding, !kept.contains(where: { $0.lowercased() == adding }) { kept.append(adding) }
        guard kept != tags else { return }
        if kept.isEmpty { edit.removeAll(id) } else { edit.set(id, kept.joined(separator: ", ")) }
    }
}
