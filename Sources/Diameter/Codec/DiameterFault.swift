/// One thing wrong with a message that was understood as a message: what to answer, and the AVP to show.
public struct DiameterFault: Error, Hashable, Sendable {
    public var code: ResultCode
    /// The offending AVP, encoded, for Failed-AVP (RFC 6733 §7.5); empty where there is none to show.
    public var failed: [UInt8]
    /// For the log and Error-Message: what is wrong, without values that may be secret.
    public var detail: String

    public init(_ code: ResultCode, failed: [UInt8] = [], _ detail: String) {
        self.code = code
        self.failed = failed
        self.detail = detail
    }
}

/// Bytes that are not a Diameter message. The stream they came from has lost its framing and is closed.
public struct DiameterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// 5011 or 5015.
    public var code: ResultCode
    public var detail: String

    public init(_ code: ResultCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public static func == (a: DiameterError, b: DiameterError) -> Bool { a.code == b.code }
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
    public var description: String { "\(code): \(detail)" }
}
