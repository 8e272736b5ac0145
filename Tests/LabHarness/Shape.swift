/// How the four roles are spread over processes.
package enum Shape: Equatable, Sendable, CustomStringConvertible {
    /// `imsbox up`: all in one process.
    case box
    /// `imsbox run`, four times.
    case processes
    /// One role by `imsbox run`, the other three by `imsbox up`.
    case mixed(alone: Role)

    package var description: String {
        switch self {
        case .box: "one process"
        case .processes: "four processes"
        case .mixed(let role): "\(role) alone, three in a box"
        }
    }

    /// The roles of each process.
    package var processes: [[Role]] {
        switch self {
        case .box: [Role.allCases]
        case .processes: Role.allCases.map { [$0] }
        case .mixed(let alone): [[alone], Role.allCases.filter { $0 != alone }]
        }
    }
}
