/// Access to the parts of a report that came over a socket or from a file, where anything may be missing.
extension Report {
    public subscript(key: String) -> Report? {
        guard case .object(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    public var text: String? {
        if case .text(let value) = self { value } else { nil }
    }

    public var number: Int? {
        if case .number(let value) = self { value } else { nil }
    }

    public var elements: [Report] {
        if case .list(let values) = self { values } else { [] }
    }
}
