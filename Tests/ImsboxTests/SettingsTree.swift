import RoleKit
import Settings

@testable import imsbox

/// Instance files as trees, for tests that change one key.
enum SettingsTree {
    static func load(_ path: String) throws -> SettingsNode { try InstanceFile.load(path) }

    /// The keys that have a plain value or list of such, with their path.
    static func plainKeys(_ node: SettingsNode, under path: String = "") -> [String] {
        guard case .map(let pairs) = node.value else { return [] }
        return pairs.flatMap { pair -> [String] in
            let key = path + pair.key
            switch pair.node.value {
            case .map: return plainKeys(pair.node, under: key + ".")
            case .scalar, .list: return [key]
            case .null: return []
            }
        }
    }

    static func removing(_ path: String, from node: SettingsNode) -> SettingsNode {
        guard case .map(let pairs) = node.value else { return node }
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        var left: [(key: String, keyLine: Int, node: SettingsNode)] = []
        for pair in pairs {
            if pair.key != parts[0] {
                left.append(pair)
            } else if parts.count > 1 {
                left.append((pair.key, pair.keyLine, removing(parts[1], from: pair.node)))
            }
        }
        return SettingsNode(.map(left), line: node.line)
    }

    /// What a role makes of a tree, for comparison.
    static func describe(_ role: Role, _ node: SettingsNode) -> String {
        var reader = SettingsReader(node)
        _ = InstanceFiles.logLevel(&reader)
        let wired = RoleWiring.of(role).read(&reader)
        return "\(wired.config) \(reader.finish().map(\.problem))"
    }
}
