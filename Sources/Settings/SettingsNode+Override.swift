public import RoleKit

extension SettingsNode {
    /// The same tree with a top-level key set to a plain value, as if the file said so; used for command-line flags.
    public func setting(_ key: String, to text: String) -> SettingsNode {
        var pairs: [(key: String, keyLine: Int, node: SettingsNode)] = []
        if case .map(let existing) = value { pairs = existing }
        if let index = pairs.firstIndex(where: { $0.key == key }) {
            pairs[index].node = SettingsNode(.scalar(text), line: pairs[index].keyLine)
        } else {
            pairs.append((key, line, SettingsNode(.scalar(text), line: line)))
        }
        return SettingsNode(.map(pairs), line: line)
    }

    /// The plain value of a top-level key, for the few keys that are needed before a role is known.
    public func plain(_ key: String) -> (text: String, line: Int)? {
        guard case .map(let pairs) = value, let pair = pairs.first(where: { $0.key == key }),
            case .scalar(let text) = pair.node.value
        else { return nil }
        return (text, pair.keyLine)
    }
}
