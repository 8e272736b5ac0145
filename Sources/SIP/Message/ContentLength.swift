/// What a message's Content-Length lines say about its body (RFC 3261 §18.3, §20.14).
enum ContentLength: Equatable, Sendable {
    /// There is none: to the end of a datagram; not allowed on a stream.
    case missing
    case bytes(Int)
    /// No number, or two different ones: where the body ends cannot be known.
    case broken
}
