/// The part of an instance that opened a socket or started a timer, so that what comes back finds its owner
/// without a search.
public enum Component: UInt8, Hashable, Sendable {
    case sip, diameter, role
}

/// The roles, by the names instance files and log lines use.
public enum Role: String, CaseIterable, Hashable, Sendable {
    case pcscf, icscf, scscf, hss, ipsmgw

    /// The name as the field writes it: "P-CSCF".
    public var title: String {
        switch self {
        case .pcscf: "P-CSCF"
        case .icscf: "I-CSCF"
        case .scscf: "S-CSCF"
        case .hss: "HSS"
        case .ipsmgw: "IP-SM-GW"
        }
    }
}
