/// The value of an Event header field, RFC 6665 §8.2.1.
public struct EventHeader: Equatable, Sendable {
    /// Package and templates, in lower case; comparison is by the whole token.
    public var package: String
    /// Tells the subscriptions of one dialog apart (RFC 6665 §4.5.2).
    public var id: String?

    /// The header of a SUBSCRIBE or NOTIFY; nil where it is missing or malformed.
    public init?(_ message: SIPMessage) {
        guard let (token, params) = try? message.token(.event) else { return nil }
        package = lowercasedASCII(token)
        id = params["id"]
    }

    public init(package: String, id: String? = nil) {
        self.package = package
        self.id = id
    }

    /// The header's value.
    public var text: String { id.map { "\(package);id=\($0)" } ?? package }
}
