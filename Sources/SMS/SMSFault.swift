/// What is wrong with a short message on the wire. Equality looks at the code alone.
public struct SMSFault: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// It ends before what its own lengths promise.
        case short
        /// Octets are left behind its end.
        case trailing
        /// A mandatory element has a value that cannot be.
        case invalid
        /// A message of this type is not known here, or not in this direction.
        case type
    }

    public let code: Code
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The cause an RP-ERROR gives for it, TS 24.011 §9.3.
    public var cause: RPCause {
        switch code {
        case .short, .trailing: .semanticallyIncorrect
        case .invalid: .invalidMandatoryInformation
        case .type: .messageTypeNonExistent
        }
    }

    public var description: String { detail }
    public static func == (a: SMSFault, b: SMSFault) -> Bool { a.code == b.code }
}
