/// How often a header may stand in a message and what separates its values (RFC 3261 §7.3.1).
public enum HeaderRepetition: Sendable, Equatable {
    /// One line, one value; a comma belongs to the value.
    case once
    /// Any number of lines, each with one or more values separated by commas.
    case list
    /// Any number of lines, each with one value; a comma belongs to the value (the authentication headers).
    case lines
}

/// One row of the header table: everything the message layer knows about a header.
public struct HeaderRow: Sendable {
    public let id: HeaderID
    /// Name as the specification spells it.
    public let name: String
    /// One-letter form, if it has one (RFC 3261 §7.3.3).
    public let compact: String?
    public let repetition: HeaderRepetition
    /// Where the header is defined.
    public let clause: String

    init(_ id: HeaderID, _ name: String, _ compact: String? = nil, _ repetition: HeaderRepetition, _ clause: String) {
        self.id = id
        self.name = name
        self.compact = compact
        self.repetition = repetition
        self.clause = clause
    }
}
