/// CSeq: a sequence number and the method it belongs to (RFC 3261 §20.16).
public struct CSeq: Sendable, Hashable, CustomStringConvertible {
    public var number: UInt32
    public var method: SIPMethod

    /// A value from its parts.
    public init(number: UInt32, method: SIPMethod) {
        self.number = number
        self.method = method
    }

    /// 1*DIGIT LWS Method; the number must fit 32 bits (RFC 3261 §20.16).
    init(_ start: Cursor) throws(SIPParseError) {
        var cursor = start
        cursor.skipSpace()
        guard let value = cursor.decimal(atMost: UInt64(UInt32.max) + 1), let number = UInt32(exactly: value) else {
            throw SIPParseError(.headerValue, "CSeq number is none of 32 bits")
        }
        let space = cursor.at
        cursor.skipSpace()
        let name = cursor.run(.token)
        guard cursor.at > space, name.lowerBound > space, !name.isEmpty, cursor.isFinished() else {
            throw SIPParseError(.headerValue, "CSeq without method")
        }
        self.init(number: number, method: SIPMethod(cursor.text(name)))
    }

    /// The value of a text such as `4711 INVITE`.
    public init(parsing text: String) throws(SIPParseError) { self = try CSeq(Cursor(text)) }

    public var description: String { "\(number) \(method.name)" }
}
