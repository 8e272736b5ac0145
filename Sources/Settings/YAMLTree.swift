public import RoleKit
import Yams

/// Turns YAML text into the neutral tree: scalars as written, each node with its line.
public enum YAMLTree {
    /// Bounds against files that grow when read (aliases to aliases).
    public enum Limits {
        public static let nodes = 200_000
        public static let depth = 32
    }

    /// An empty text is a file with every key at its default.
    public static func parse(_ text: String) throws(SettingsFault) -> SettingsNode {
        let root: Node?
        do {
            root = try Parser(yaml: text).singleRoot()
        } catch {
            throw YAMLFault.fault(error, in: text)
        }
        guard let root else { return SettingsNode(.null, line: 1) }
        var budget = Limits.nodes
        return try convert(root, depth: 0, line: 1, &budget)
    }

    private static func convert(
        _ node: Node, depth: Int, line above: Int, _ budget: inout Int
    ) throws(SettingsFault) -> SettingsNode {
        let line = node.mark?.line ?? above
        budget -= 1
        guard depth < Limits.depth, budget > 0 else {
            throw SettingsFault(
                line: line, problem: "the file nests or repeats too much",
                cure: "write the values out without aliases (`*name`)")
        }
        switch node {
        case .scalar(let scalar):
            return SettingsNode(isNull(scalar) ? .null : .scalar(scalar.string), line: line)
        case .sequence(let sequence):
            var nodes: [SettingsNode] = []
            for element in sequence { nodes.append(try convert(element, depth: depth + 1, line: line, &budget)) }
            return SettingsNode(.list(nodes), line: line)
        case .mapping(let mapping):
            return SettingsNode(.map(try pairs(mapping, depth: depth, line: line, &budget)), line: line)
        case .alias:
            throw SettingsFault(line: line, problem: "an alias leads nowhere", cure: "write the value out")
        }
    }

    private static func pairs(
        _ mapping: Node.Mapping, depth: Int, line: Int, _ budget: inout Int
    ) throws(SettingsFault) -> [(key: String, keyLine: Int, node: SettingsNode)] {
        var pairs: [(key: String, keyLine: Int, node: SettingsNode)] = []
        for (key, value) in mapping {
            let keyLine = key.mark?.line ?? line
            guard case .scalar(let name) = key else {
                throw SettingsFault(line: keyLine, problem: "a key is not a plain word", cure: "write `key: value`")
            }
            pairs.append((name.string, keyLine, try convert(value, depth: depth + 1, line: keyLine, &budget)))
        }
        return pairs
    }

    /// YAML 1.2 §10.3.2: nothing, `~` and `null` in plain style stand for no value.
    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        guard scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
