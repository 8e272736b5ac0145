public import RoleKit

/// A disk as far as state goes: the test holds it, so it outlives the instance that writes there.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class ModelState: StatePort, @unchecked Sendable {
    public private(set) var values: [String: Report] = [:]
    /// Changes told, lost ones included.
    public private(set) var changes = 0
    /// Changes are lost from now on, as on a full disk or in the last moment before a power failure.
    public var isLosing = false

    public init() {}

    public func keep(_ key: String, _ value: Report?) {
        changes += 1
        if !isLosing { values[key] = value }
    }

    public func kept() -> [String: Report] { values }
}
