/// Why bytes are not the SIP message they claim to be, and what to answer.
///
/// Two errors are equal when their codes are, so tests and callers compare the kind of fault, not its wording.
public struct SIPParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of fault.
    public enum Code: Sendable, Equatable {
        /// Nothing that could be a start line.
        case startLine
        /// A SIP-Version other than 2.0 (RFC 3261 §21.5.7).
        case version
        /// Not a Request-URI by the grammar (RFC 3261 §25.1).
        case requestURI
        /// Request-URI above the limit (RFC 3261 §21.4.12).
        case requestURITooLong
        /// A URI scheme this element cannot handle (RFC 3261 §21.4.14).
        case scheme
        /// Status code outside 100–699 (RFC 3261 §7.2).
        case statusCode
        /// A header line without name or colon, or with a bare CR or LF (RFC 3261 §7.3).
        case headerLine
        /// No empty line after the headers (RFC 3261 §7).
        case truncated
        /// Start line and headers, their number, or the message above the limit (RFC 3261 §21.5.7).
        case tooLarge
        /// Body above the limit (RFC 3261 §21.4.11).
        case bodyTooLarge
        /// Content-Length not a number, repeated with another value, or more than there is (RFC 3261 §18.3, §20.14).
        case contentLength
        /// No Content-Length on a stream (RFC 3261 §18.3).
        case missingContentLength
        /// A header every message must have is absent (RFC 3261 §8.1.1).
        case missingHeader
        /// A header that may stand once stands twice (RFC 3261 §7.3.1).
        case repeatedHeader
        /// A header value outside its grammar (RFC 3261 §25.1).
        case headerValue
        /// A URI outside its grammar (RFC 3261 §25.1).
        case uri
        /// CSeq's method is not the request's (RFC 3261 §8.1.1.5).
        case cseqMethod
        /// The same with a method that has no name here (RFC 4475 §3.1.2.18).
        case unknownMethod
    }

    public let code: Code
    /// For the log: which header or part, in a few words. Never a header's value, which may hold a secret.
    public let detail: String

    /// A fault and where it is.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The status to answer a request with; 0 means drop (there is no request to answer).
    public var status: Int {
        switch code {
        case .statusCode, .startLine: 0
        case .version: 505
        case .requestURITooLong: 414
        case .scheme: 416
        case .tooLarge: 513
        case .bodyTooLarge: 413
        case .unknownMethod: 501
        case .requestURI, .headerLine, .truncated, .contentLength, .missingContentLength, .missingHeader,
            .repeatedHeader,
            .headerValue, .uri, .cseqMethod:
            400
        }
    }

    public var description: String { "\(code): \(detail)" }

    /// By code alone.
    public static func == (a: SIPParseError, b: SIPParseError) -> Bool { a.code == b.code }
}
