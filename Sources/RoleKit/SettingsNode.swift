/// An instance file as a neutral tree: scalars are text as written, each node knows its line. Yams fills it (target
/// `Settings`), each role's `Config+Reader` reads it; neither knows the other.
public struct SettingsNode: Sendable {
    public indirect enum Value: Sendable {
        case scalar(String)
        case list([SettingsNode])
        /// Keys in file order.
        case map([(key: String, keyLine: Int, node: SettingsNode)])
        case null
    }

    public var value: Value
    /// 1-based line in the file.
    public var line: Int

    public init(_ value: Value, line: Int) {
        self.value = value
        self.line = line
    }
}

/// One thing wrong with an instance file: where, what, and what would be right.
public struct SettingsFault: Error, Hashable, Sendable, CustomStringConvertible {
    public var line: Int
    public var problem: String
    public var cure: String

    public init(line: Int, problem: String, cure: String) {
        self.line = line
        self.problem = problem
        self.cure = cure
    }

    public var description: String { "line \(line): \(problem) – \(cure)" }
}
