/// One row of the dictionary with the Swift type of its data: `maa[Cx.serverName]` reads and writes through it.
public struct AVPKey<Value: AVPValue>: Sendable {
    public let name: StaticString
    public let code: UInt32
    public let vendor: Vendor
    public let format: AVPFormat
    /// Flags the AVP is sent with. What arrives is matched by code and vendor; its M bit matters only if it is unknown.
    public let flags: AVPFlags

    @inlinable public init(
        _ name: StaticString, _ code: UInt32, _ vendor: Vendor, _ format: AVPFormat, _ flags: AVPFlags
    ) {
        self.name = name
        self.code = code
        self.vendor = vendor
        self.format = format
        self.flags = flags
    }
}

/// How often an AVP may stand in a command or a group: the brackets of the Command Code Format. RFC 6733 §3.2
public struct AVPRule: Sendable {
    public var code: UInt32
    public var vendor: Vendor
    public var least: Int
    public var most: Int

    public init(_ code: UInt32, _ vendor: Vendor, _ least: Int, _ most: Int) {
        self.code = code
        self.vendor = vendor
        self.least = least
        self.most = most
    }

    /// `{ AVP }`: exactly once.
    public static func one<V>(_ key: AVPKey<V>) -> AVPRule { AVPRule(key.code, key.vendor, 1, 1) }
    /// `[ AVP ]`: once or not at all.
    public static func maybe<V>(_ key: AVPKey<V>) -> AVPRule { AVPRule(key.code, key.vendor, 0, 1) }
    /// `*[ AVP ]`: any number.
    public static func any<V>(_ key: AVPKey<V>) -> AVPRule { AVPRule(key.code, key.vendor, 0, .max) }
    /// `1*{ AVP }`: at least once.
    public static func some<V>(_ key: AVPKey<V>) -> AVPRule { AVPRule(key.code, key.vendor, 1, .max) }
    /// `0*0`: must not be there; 5008 if it is.
    public static func never<V>(_ key: AVPKey<V>) -> AVPRule { AVPRule(key.code, key.vendor, 0, 0) }
}

/// A row as the engine sees it: the key without its Swift type, with the values of an enumeration and the members of
/// a group.
public struct AVPDefinition: Sendable {
    public var name: String
    public var code: UInt32
    public var vendor: Vendor
    public var format: AVPFormat
    public var flags: AVPFlags
    /// All values of an Enumerated AVP; empty where any number goes.
    public var values: [(value: Int32, name: String)]
    /// The members of a Grouped AVP in CCF order; others may follow (`*[ AVP ]`).
    public var members: [AVPRule]

    init<V>(_ key: AVPKey<V>, values: [(value: Int32, name: String)] = [], _ members: [AVPRule] = []) {
        name = key.name.description
        code = key.code
        vendor = key.vendor
        format = key.format
        flags = key.flags
        self.values = values
        self.members = members
    }

    /// A row for an enumeration with named values.
    init<V: AVPEnumeration>(_ key: AVPKey<V>) {
        self.init(key, values: V.names)
    }
}
