import LabHarness

/// One of our roles in the place of Kamailio's. The HSS is ours each time, since Debian has no other.
struct Combination {
    let role: Role

    static let all = Role.allCases.map(Combination.init)

    var ours: [Role] { role == .hss ? [.hss] : [.hss, role] }

    var kamailios: [Role] { Role.allCases.filter { !ours.contains($0) } }

    var title: String {
        let others = kamailios.reversed().map(\.letter)
        let list = others.dropLast().map { "\($0)-" }.joined(separator: ", ") + " and \(others.last ?? "")-CSCF"
        return "our \(role.title) \(role == .hss ? "under" : "among") Kamailio's \(list)"
    }
}

extension Role {
    var title: String { self == .hss ? "HSS" : "\(letter)-CSCF" }

    var letter: String { String(rawValue.prefix(1)).uppercased() }

    /// Where the role is, whosever it is; the files in `instances` and `kamailio` say the same.
    var endpoint: Endpoint {
        switch self {
        case .pcscf: Endpoint(Self.address(1), 5060)
        case .icscf: Endpoint(Self.address(2), 4060)
        case .scscf: Endpoint(Self.address(3), 6060)
        case .hss: Endpoint(Self.address(4), 3868)
        }
    }

    private static func address(_ last: UInt32) -> Loopback { Loopback(number: 127 << 24 | 1 << 8 | last) }
}
