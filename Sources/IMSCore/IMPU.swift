/// A public user identity in the canonical form Cx carries, TS 23.003 §13.4, TS 29.229 §6.3.2.
///
/// Two identities are the same exactly when their texts are.
public struct IMPU: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable { case sip, sips, tel }

    /// `sip:user@domain` or `tel:+E164`.
    public let text: String
    public let kind: Kind

    /// The canonical form of a SIP, SIPS or tel URI; nil for anything else.
    public init?(_ uri: String) {
        guard let canonical = CanonicalIdentity.canonical(uri) else { return nil }
        text = canonical
        kind = canonical.hasPrefix("tel:") ? .tel : canonical.hasPrefix("sips:") ? .sips : .sip
    }

    /// The host of a SIP identity; nil for a telephone number.
    public var domain: String? {
        guard kind != .tel, let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return String(text[text.index(after: at)...])
    }

    public var description: String { text }
}
