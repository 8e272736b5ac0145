import IMSCore
import SIP

/// What a UE's REGISTER says that the P-CSCF acts on, TS 24.229 §5.2.2.
struct RegisterScreening {
    var credentials: DigestCredentials?
    /// A Security-Client header, or sec-agree required: only a UE with IMS AKA sends them.
    var offersSecurity: Bool
    /// Why the request goes no further.
    var refusal: Refusal?

    enum Refusal: Equatable {
        case malformedAuthorization
        /// RFC 3261 §16.3: option tags of Proxy-Require we do not have.
        case unsupported([String])
    }

    init(_ message: SIPMessage) {
        offersSecurity =
            message.has(.securityClient) || message.lists("sec-agree", in: .require)
            || message.lists("sec-agree", in: .proxyRequire)
        let unknown = message.texts(.proxyRequire).filter {
            $0.lowercased() != "sec-agree" && $0.lowercased() != "path"
        }
        if !unknown.isEmpty { refusal = .unsupported(unknown) }
        guard let text = message.texts(.authorization).first(where: { $0.prefix(6).lowercased() == "digest" }) else {
            return
        }
        credentials = DigestCredentials(parsing: text)
        if credentials == nil { refusal = .malformedAuthorization }
    }

    /// AKA rather than SIP Digest: by the algorithm the UE names, or because it offers IPsec.
    var isAKA: Bool {
        guard let name = credentials?.fields["algorithm"] else { return offersSecurity }
        return name.lowercased().hasPrefix("akav")
    }

    /// The private identity in canonical form: of Authorization, else derived from the public one (TS 24.229 §5.3.1.2).
    /// One that makes no sense is the home network's to refuse; here it is only a name.
    func impi(_ message: SIPMessage) -> String {
        if let name = credentials?.username { return IMPI(name)?.text ?? name }
        return IMPU(impu(message)).flatMap(IMPI.init(derivedFrom:))?.text ?? ""
    }

    /// The public identity being registered, of To, in canonical form.
    func impu(_ message: SIPMessage) -> String {
        let text = (try? message.uriText(.to)) ?? ""
        return IMPU(text)?.text ?? text
    }

    /// `integrity-protected` for the Authorization header, TS 24.229 §5.2.2.2, §5.2.2.3 and §7.2A.2; nil leaves it out.
    ///
    /// - Parameters:
    ///   - isProtected: it came over a security association of this private identity.
    ///   - isAssociated: this private identity registered with SIP Digest from this very address and port.
    func integrityProtected(isProtected: Bool = false, isAssociated: Bool) -> String? {
        guard let credentials else { return nil }
        if isProtected { return "yes" }
        if isAKA { return "no" }
        if isAssociated { return "ip-assoc-yes" }
        return credentials.response.isEmpty ? nil : "ip-assoc-pending"
    }
}
