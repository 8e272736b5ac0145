/// How the P-CSCF says a REGISTER reached it: `integrity-protected` of the Authorization header, TS 24.229 §7.2A.2.
enum IntegrityProtection: String, Sendable {
    /// Inside an IPsec association of this UE.
    case yes
    /// IMS AKA, no association.
    case no
    /// Inside the TLS session of this UE; pending: not authenticated there yet.
    case tlsYes = "tls-yes"
    case tlsPending = "tls-pending"
    /// SIP Digest from the address that authenticated; pending: not authenticated from there yet.
    case ipAssociationYes = "ip-assoc-yes"
    case ipAssociationPending = "ip-assoc-pending"
    /// The P-CSCF has authenticated the user by other means.
    case authenticationDone = "auth-done"
    /// The parameter is missing, or has a value the specification does not name.
    case unstated = ""

    init(parameter: String?) {
        self = parameter.flatMap { IntegrityProtection(rawValue: $0.lowercased()) } ?? .unstated
    }

    /// Inside a security association that only the authenticated UE can use. A source address alone is none.
    var isAssociated: Bool {
        switch self {
        case .yes, .tlsYes: true
        case .no, .tlsPending, .ipAssociationYes, .ipAssociationPending, .authenticationDone, .unstated: false
        }
    }
}
