/// What a message may contain at most. Every field is a limit a peer can reach and a test exceeds by one.
public struct SIPLimits: Sendable, Equatable {
    /// Bytes of start line and headers together. More: 513.
    public var headerBytes = 32_768
    /// Bytes of a body. More: 413.
    public var bodyBytes = 49_152
    /// Header lines. More: 513.
    public var headerLines = 192
    /// Bytes of one header name. More: 400.
    public var nameBytes = 128
    /// Bytes of a Request-URI. More: 414.
    public var requestURIBytes = 2_048
    /// Bytes of a method name. More: 400.
    public var methodBytes = 64
    /// Continuation lines of one header. More: 400.
    public var foldsPerHeader = 32
    /// Via values of one message (RFC 3261 §16.3: Max-Forwards bounds them at 255, real paths at a dozen). More: 513.
    public var viaValues = 72

    /// Bytes of a Call-ID. More: 400.
    public var callIDBytes = 512

    /// The standard limits, to be changed one by one.
    public init() {}

    /// The limits used unless a configuration says otherwise.
    public static let standard = SIPLimits()

    /// Values of one comma-separated header that are read; more: 400.
    public static let listValues = 96
    /// Parameters of one URI or header value; more: 400.
    public static let parameters = 64
    /// Bytes of one URI; more: 414 in a Request-URI, else 400.
    public static let uriBytes = 4_096
}
