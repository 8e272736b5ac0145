import SIP

/// The changes to a response on its way from Mw to Gm, TS 24.229 §5.2.2.1 and §5.2.2.2.
struct RegisterResponseEdit {
    /// Headers that stay inside the trust domain.
    static let networkOnly: [HeaderID] = [
        .pChargingVector, .pChargingFunctionAddresses, .pVisitedNetworkID, .pUserDatabase, .pServedUser,
        // Security agreement is between the UE and us, RFC 3329 §2.3: nobody else offers it anything.
        .securityServer, .securityClient, .securityVerify,
    ]

    /// The challenges of a 401 as the UE may see them: ck and ik never leave the network. One that cannot be read is not
    /// passed on, as it might hold them.
    let challenges: [DigestChallenge]
    /// Value of Security-Server, where a set was made for the challenge (RFC 3329 §2.3.1).
    var securityServer: String?

    init(_ response: SIPMessage) {
        challenges = response.texts(.wwwAuthenticate).compactMap { text in
            guard var challenge = DigestChallenge(parsing: text) else { return nil }
            challenge.fields["ck"] = nil
            challenge.fields["ik"] = nil
            return challenge
        }
    }

    func apply(to edit: inout SIPEdit) {
        for header in Self.networkOnly where edit.message.has(header) { edit.removeAll(header) }
        guard edit.message.has(.wwwAuthenticate) else { return }
        edit.removeAll(.wwwAuthenticate)
        for challenge in challenges { edit.append(.wwwAuthenticate, challenge.text) }
        if let securityServer { edit.append(.securityServer, securityServer) }
    }
}
