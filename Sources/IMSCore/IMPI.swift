/// A private user identity, TS 23.003 §13.3: a network access identifier `user@realm`, kept in canonical form.
public struct IMPI: Hashable, Sendable, CustomStringConvertible {
    /// Longest identity we keep; RFC 4282 §2.4 asks for at least 253 octets.
    public static let maximumLength = 253

    /// `user@realm` with the realm in lower case.
    public let text: String

    /// The identity of a digest `username` or a User-Name AVP; nil if it is empty, too long or has a control character.
    ///
    /// A name without a realm is kept as it is: SIP Digest subscribers may have such names.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.maximumLength, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return nil
        }
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else {
            self.text = text
            return
        }
        guard at > 0, at < bytes.count - 1 else { return nil }
        guard bytes[(at + 1)...].contains(where: { $0 != ASCII.lowered($0) }) else {
            self.text = text
            return
        }
        let realm = bytes[(at + 1)...].map(ASCII.lowered)
        self.text = String(decoding: bytes[...at] + realm, as: UTF8.self)
    }

    /// The identity a REGISTER without an Authorization header stands for: its public identity without scheme, port
    /// and parameters, TS 24.229 §5.4.1.2.1.
    public init?(derivedFrom impu: IMPU) {
        guard impu.kind == .sip, let colon = impu.text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        self.init(String(impu.text[impu.text.index(after: colon)...]))
    }

    /// The part before `@`.
    public var user: String {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return text }
        return String(text[..<at])
    }

    /// The part after `@`; nil if there is none.
    public var realm: String? {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return String(text[text.index(after: at)...])
    }

    /// The IMSI when the user part is one (TS 23.003 §13.3: no ISIM), else nil.
    public var imsi: String? {
        let user = user
        guard (6...15).contains(user.utf8.count), user.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return user
    }

    public var description: String { text }
}
