/// What the control socket asks an instance for.
public enum SnapshotQuery: Hashable, Sendable {
    case status
    case registrations
    case peers
    case calls
    /// Sets of IPsec security associations.
    case securityAssociations
}

/// Live state as a neutral tree: rows of named values, printed as a table or as JSON by the command.
public indirect enum Report: Equatable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([Report])
    /// Keys in the order they are shown.
    case object([(key: String, value: Report)])

    public static func == (a: Report, b: Report) -> Bool {
        switch (a, b) {
        case (.text(let x), .text(let y)): x == y
        case (.number(let x), .number(let y)): x == y
        case (.flag(let x), .flag(let y)): x == y
        case (.list(let x), .list(let y)): x == y
        case (.object(let x), .object(let y)): x.elementsEqual(y) { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }
}
