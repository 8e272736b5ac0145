/// Why a subscriber cannot be stored: what is wrong and what would be right. Never shows a key or password.
public struct ProvisioningError: Error, Equatable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A field is missing or malformed.
        case invalid
        /// Every public identity would be barred.
        case allBarred
        /// An identity belongs to another subscriber, or the subscriber exists with other data.
        case conflict
        case notFound
        case database
    }

    public var code: Code
    public var problem: String
    public var cure: String
    /// 1-based line of the CSV file, if it came from one.
    public var line: Int?

    public init(_ code: Code, _ problem: String, cure: String, line: Int? = nil) {
        self.code = code
        self.problem = problem
        self.cure = cure
        self.line = line
    }

    public var description: String { (line.map { "line \($0): " } ?? "") + "\(problem) – \(cure)" }
    public static func == (a: ProvisioningError, b: ProvisioningError) -> Bool { a.code == b.code && a.line == b.line }
}
