import IMSCore
import SIP

/// The identity a P-CSCF asserts for a registered UE, TS 24.229 §5.2.6.3.3 and RFC 3325 §5.
enum OriginatorIdentity {
    /// The first P-Preferred-Identity that is registered with the UE, else the default public user identity; nil where
    /// the home network has named none.
    static func asserted(_ request: SIPMessage, associated: [String]) -> String? {
        for text in request.texts(.pPreferredIdentity) {
            guard let preferred = try? NameAddress(parsing: text), let impu = IMPU(preferred.uri.description) else {
                continue
            }
            if let registered = associated.first(where: { IMPU($0) == impu }) { return registered }
        }
        return associated.first
    }

    /// Whether an identity is among those registered.
    static func isAssociated(_ uri: String, _ associated: [String]) -> Bool {
        guard let impu = IMPU(uri) else { return false }
        return associated.contains { IMPU($0) == impu }
    }
}
