/// A command as its specification's Command Code Format writes it: one row for request and answer. RFC 6733 §3.2
public struct CommandRule: Sendable {
    /// "Multimedia-Auth"
    public var name: String
    /// "MA", so that the request is MAR and the answer MAA.
    public var abbreviation: String
    public var code: UInt32
    public var application: UInt32
    /// P bit of both request and answer.
    public var isProxiable: Bool
    /// AVPs in CCF order; others may follow (`*[ AVP ]`).
    public var request: [AVPRule]
    public var answer: [AVPRule]

    init(
        _ name: String, _ abbreviation: String, _ code: UInt32, _ application: UInt32, isProxiable: Bool,
        request: [AVPRule], answer: [AVPRule]
    ) {
        self.name = name
        self.abbreviation = abbreviation
        self.code = code
        self.application = application
        self.isProxiable = isProxiable
        self.request = request
        self.answer = answer
    }

    /// Header flags of a request of this command.
    public var requestFlags: CommandFlags { isProxiable ? [.request, .proxiable] : [.request] }
}

/// All commands we know, by (code, application).
public struct CommandTable: Sendable {
    public let rules: [CommandRule]
    /// Applications that belong to a vendor and so appear inside Vendor-Specific-Application-Id.
    public let vendors: [(application: UInt32, vendor: Vendor)]

    public static let standard = CommandTable(
        BaseCommands.table + CxCommands.table + S6aCommands.table,
        vendors: [(Application.cx, .threeGPP), (Application.s6a, .threeGPP)])

    public init(_ rules: [CommandRule], vendors: [(application: UInt32, vendor: Vendor)]) {
        self.rules = rules
        self.vendors = vendors
    }

    public func rule(_ code: UInt32, _ application: UInt32) -> CommandRule? {
        index(code, application).map { rules[$0] }
    }

    public func has(_ code: UInt32, _ application: UInt32) -> Bool { index(code, application) != nil }

    func index(_ code: UInt32, _ application: UInt32) -> Int? {
        rules.firstIndex { $0.code == code && $0.application == application }
    }

    public func vendor(of application: UInt32) -> Vendor? {
        vendors.first { $0.application == application }?.vendor
    }
}
