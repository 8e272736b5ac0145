import IMSCore
import RoleKit
import SIP

/// Whom an initial request is for, as LIR names the user. TS 24.229 §5.3.2.1, TS 29.228 §6.1.4
struct SessionDestination: Equatable {
    /// Public-Identity, canonical.
    let impu: String
    /// The request comes from this user rather than being for it (`orig` in our Route).
    let isOriginating: Bool
    /// The Request-URI to go on with, where it changes: `sip:+E164@…;user=phone` becomes `tel:` first.
    let requestURI: String?

    /// Nil where the request names nobody a HSS could know.
    init?(_ message: SIPMessage, _ routing: RequestRouting) {
        isOriginating = routing.own.contains { $0.params.has("orig") }
        if isOriginating {
            guard let served = Self.servedUser(message), let impu = IMPU(served) else { return nil }
            self.impu = impu.text
            requestURI = nil
            return
        }
        var uri = routing.requestURI
        if let sip = uri.sip, let tel = TelURI(phoneNumberIn: sip) { uri = .tel(tel) }
        guard let impu = IMPU(uri.description) else { return nil }
        self.impu = impu.text
        requestURI = uri == routing.requestURI ? nil : uri.description
    }

    /// §5.3.2.1: P-Served-User, else P-Asserted-Identity.
    private static func servedUser(_ message: SIPMessage) -> String? {
        let address = (try? message.address(.pServedUser)) ?? (try? message.address(.pAssertedIdentity))
        return address.map(\.uri.description)
    }
}
