/// What `SIPFramer` finds on a stream.
public enum Framed: Sendable, Equatable {
    /// One whole message, as `SIPMessage` takes it.
    case message([UInt8])
    /// A double CRLF: answer with one CRLF (RFC 5626 §4.4.1).
    case ping
}
