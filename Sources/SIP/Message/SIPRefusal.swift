/// Why an element refuses a request that is well formed, and the headers the response must carry.
public struct SIPRefusal: Sendable, Equatable {
    public let status: Int
    /// Unsupported, Accept …
    public let headers: [Header]

    /// One header of the response.
    public struct Header: Sendable, Equatable {
        public let id: HeaderID
        public let value: String
    }

    init(_ status: Int, _ headers: [Header] = []) {
        self.status = status
        self.headers = headers
    }

    /// The default reason phrase.
    public var reason: String { SIPReason.phrase(status) }
}
