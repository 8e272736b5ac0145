/// What an operator wants done at once, through the control socket. Subscribers are named by any of their identities.
public enum OperatorOrder: Hashable, Sendable {
    /// The MME that serves a subscriber is to be told its data anew (IDR, TS 29.272 §5.2.2.1).
    case push(String)
    /// The MME that serves a subscriber is to detach it (CLR, TS 29.272 §5.2.1.2), and to have it attach anew.
    case detach(String, reattach: Bool)
}

/// Why an order is not carried out, with what to do.
public struct OrderRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
