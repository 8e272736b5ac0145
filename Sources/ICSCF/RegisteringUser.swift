import Diameter
import IMSCore
import SIP

/// Who a REGISTER is about, as UAR names the user. TS 24.229 §5.3.1.2, TS 29.228 §6.1.1
struct RegisteringUser {
    /// User-Name: from Authorization, else the IMPU without its scheme (TS 24.229 §5.3.1.2 NOTE, TS 23.003 §13.3).
    let impi: String
    /// Public-Identity, canonical: the To header's URI, an address of record (RFC 3261 §10.2: sip or sips).
    let impu: String
    let isDeregistration: Bool
    /// A `sos` contact. TS 24.229 §5.1.6.2
    let isEmergency: Bool
    private let visited: String?

    init?(_ register: SIPMessage) {
        guard let to = try? register.uriText(.to), let impu = IMPU(to), impu.kind != .tel else { return nil }
        self.impu = impu.text
        // Credentials of other schemes may stand beside those of Digest (RFC 3261 §20.7).
        let digest = register.texts(.authorization).lazy.compactMap { DigestCredentials(parsing: $0) }.first
        let username = digest?.username ?? ""
        guard let impi = username.isEmpty ? IMPI(derivedFrom: impu) : IMPI(username) else { return nil }
        self.impi = impi.text
        guard let contacts = try? register.contacts(), let expires = try? register.integer(.expires) ?? Self.noExpires
        else { return nil }
        isDeregistration = !contacts.isEmpty && contacts.allSatisfy { ($0.expires ?? expires) == 0 }
        isEmergency = contacts.contains { Self.isSOS($0) }
        visited = register.texts(.pVisitedNetworkID).first
    }

    /// Stands for a missing Expires header: the registrar's default, so not a de-registration.
    private static let noExpires = 1

    var authorizationType: UserAuthorizationType { isDeregistration ? .deRegistration : .registration }

    /// The first P-Visited-Network-ID; the home network where there is none.
    func visitedNetwork(home: String) -> String { visited.flatMap(VisitedNetwork.identifier) ?? home }

    private static func isSOS(_ contact: ContactValue) -> Bool {
        guard case .address(let address) = contact, case .sip(let uri) = address.uri else { return false }
        return uri.params.has("sos") || address.params.has("sos")
    }
}
