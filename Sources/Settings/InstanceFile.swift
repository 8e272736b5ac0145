public import RoleKit

/// What is wrong with one instance file; prints one `file:line: problem – cure` line per fault.
public struct InstanceFileError: Error, Equatable, Sendable, CustomStringConvertible {
    public var file: String
    public var faults: [SettingsFault]

    public init(file: String, faults: [SettingsFault]) {
        self.file = file
        self.faults = faults
    }

    public var description: String {
        faults.map { "\(file):\($0.line): \($0.problem) – \($0.cure)" }.joined(separator: "\n")
    }
}

/// Instance files (YAML) as the neutral tree the roles read.
public enum InstanceFile {
    /// The longest file read: a thousand times the longest sensible one.
    public static let maximumBytes = 4 << 20

    /// Reads and parses a file. Every failure names the file, a line and a cure.
    public static func load(_ path: String) throws(InstanceFileError) -> SettingsNode {
        do {
            return try YAMLTree.parse(try TextFile.read(path, maximumBytes: maximumBytes))
        } catch {
            throw InstanceFileError(file: path, faults: [error])
        }
    }
}
