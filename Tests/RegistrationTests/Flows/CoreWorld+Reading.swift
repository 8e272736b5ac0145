import RoleKit
import Testing

/// Reads a configuration as an instance file's tree; a fault fails the test.
func read<T>(
    _ pairs: [(String, SettingsNode)], _ make: (inout SettingsReader) -> T
) throws -> T {
    var reader = SettingsReader(.map([("home-network", .text(CoreWorld.home))] + pairs))
    let config = make(&reader)
    let faults = reader.finish()
    try #require(faults.isEmpty, "\(faults)")
    return config
}

extension SettingsNode {
    static func text(_ text: String) -> SettingsNode { SettingsNode(.scalar(text), line: 1) }
    static func list(_ nodes: [SettingsNode]) -> SettingsNode { SettingsNode(.list(nodes), line: 1) }
    static func map(_ pairs: [(String, SettingsNode)]) -> SettingsNode {
        SettingsNode(.map(pairs.map { (key: $0.0, keyLine: 1, node: $0.1) }), line: 1)
    }
}

extension Report {
    /// A value of an object.
    subscript(key: String) -> Report? {
        guard case .object(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }
}
