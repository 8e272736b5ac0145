import IMSCore
import RoleKit
import SIP

/// Whether a served user may originate, and who it is. TS 24.229 §5.4.3.2 steps 1 and 2
enum OriginatingDecision: Equatable {
    /// - Parameter alias: the other form of the asserted identity, where the request has only one.
    case serve(IMPU, alias: String?)
    case refuse(status: Int, reason: String)

    /// P-Served-User, else the first P-Asserted-Identity.
    static func servedUser(_ message: SIPMessage) -> IMPU? {
        let served = (try? message.address(.pServedUser)) ?? (try? message.address(.pAssertedIdentity))
        return served.flatMap { IMPU($0.uri.description) }
    }

    /// - Parameter set: the registration set of an identity.
    static func decide(_ message: SIPMessage, set: (IMPU) -> RegistrationSet?) -> OriginatingDecision {
        let asserted = ((try? message.addresses(.pAssertedIdentity)) ?? []).map(\.uri.description)
        guard let impu = servedUser(message) else {
            return .refuse(status: 403, reason: "no P-Asserted-Identity")
        }
        guard let set = set(impu) else { return .refuse(status: 403, reason: "the originating user is not registered") }
        guard let entry = set.profile.entry(of: impu), !entry.isBarred else {
            return .refuse(status: 403, reason: "the originating identity is barred")
        }
        let alias = asserted.count == 1 ? set.profile.counterpart(of: impu)?.identity : nil
        return .serve(impu, alias: alias)
    }
}

/// Where an originating request goes. TS 24.229 §5.4.3.2 step 10
enum OriginatingRoute: Equatable {
    /// To a user of this network: the I-CSCF asks who serves it.
    case home(requestURI: String?)
    /// To another network.
    case foreign(SIPURI)
    case refuse(status: Int, reason: String)

    static func decide(_ uri: AnyURI, home: String, numbering: NumberingPlan) -> OriginatingRoute {
        switch numbering.normalise(uri) {
        case .undialable: return .refuse(status: 404, reason: "no whole number by the numbering plan: \(uri)")
        case .number(let tel), .shortCode(let tel):
            let text = tel.description
            return .home(requestURI: text == uri.description ? nil : text)
        case .unchanged: break
        }
        switch uri {
        case .sip(let sip): return sip.hostPart.bare == home ? .home(requestURI: nil) : .foreign(sip)
        case .tel: return .refuse(status: 404, reason: "a number of somebody else's context: \(uri)")
        case .urn, .other: return .refuse(status: 404, reason: "nobody serves \(uri)")
        }
    }
}
