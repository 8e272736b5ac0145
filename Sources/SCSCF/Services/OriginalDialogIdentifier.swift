import IMSCore
import RoleKit
import SIP

/// The original dialog identifier, TS 24.229 §5.4.3.4: the user part of our own Route value below an application server's,
/// by which a request that comes back from there goes on where it was.
///
/// Everything that has to be known stands in it, so nothing is kept while a server has the request, however long that
/// takes. It is keyed with a secret of this run: nobody can make one up, and one from before a restart is refused. It
/// holds for `validSeconds`.
struct OriginalDialogIdentifier: Sendable {
    static let prefix = "odi-"
    /// An hour: longer than any server rings, reads or waits.
    static let validSeconds = 3_600
    /// Bytes of the longest identity one is made for.
    static let longestUser = 1_024

    /// What an identifier says.
    struct Mark: Equatable, Sendable {
        /// The leg it was sent on.
        var leg: UInt64
        var chain: ServiceChain
        /// The Request-URI it was sent with, as a hash of the canonical text.
        var target: UInt64
    }

    private let seed: (UInt64, UInt64)

    init(_ random: any Randomness) { seed = (random.next(), random.next()) }

    /// Whether a Route value of ours is meant to be one.
    static func isOne(_ uri: SIPURI) -> Bool { uri.user?.hasPrefix(prefix) == true }

    func text(_ mark: Mark, at seconds: UInt64) -> String {
        var body = Self.octets(mark.leg, 8) + Self.octets(mark.target, 8) + Self.octets(seconds, 5)
        body.append(UInt8(mark.chain.sessionCase.rawValue))
        body.append(UInt8(clamping: mark.chain.length))
        body += Self.octets(UInt64(clamping: mark.chain.position?.priority ?? 0), 4)
        body.append(UInt8(clamping: mark.chain.position?.ordinal ?? 0))
        body += Array(mark.chain.user.text.utf8)
        return Self.prefix + Self.urlSafe(Base64.encode(Self.octets(tag(body), 8) + body))
    }

    /// What an identifier of this run says; nil for any other text, and for one too old.
    func mark(of text: String, at seconds: UInt64) -> Mark? {
        guard text.hasPrefix(Self.prefix), text.utf8.count < 2 * Self.longestUser,
            let octets = Base64.decode(Self.standard(text.dropFirst(Self.prefix.count))), octets.count > 36
        else { return nil }
        let body = Array(octets[8...])
        guard tag(body) == Self.number(octets[..<8]) else { return nil }
        let made = Self.number(body[16..<21])
        guard made <= seconds, seconds - made <= UInt64(Self.validSeconds),
            let sessionCase = SessionCase(rawValue: Int(body[21])),
            let user = IMPU(String(decoding: body[28...], as: UTF8.self))
        else { return nil }
        return Mark(
            leg: Self.number(body[..<8]),
            chain: ServiceChain(
                sessionCase: sessionCase, user: user,
                position: .init(priority: Int(Self.number(body[23..<27])), ordinal: Int(body[27])),
                length: Int(body[22])),
            target: Self.number(body[8..<16]))
    }

    /// A Request-URI so that other spellings of one identity are the same.
    func target(_ uri: AnyURI) -> UInt64 {
        let text = uri.description
        return tag(Array((IMPU(text)?.text ?? text).utf8))
    }

    private func tag(_ bytes: [UInt8]) -> UInt64 {
        var hash = KeyHash(seed: seed)
        hash.add(bytes, 0..<bytes.count)
        return hash.finish().high
    }

    private static func octets(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// RFC 4648 §5: `-` and `_` stand in a user part as they are.
    private static func urlSafe(_ text: String) -> String {
        String(
            decoding: text.utf8.compactMap { $0 == 0x2B ? 0x2D : $0 == 0x2F ? 0x5F : $0 == 0x3D ? nil : $0 },
            as: UTF8.self)
    }

    private static func standard(_ text: Substring) -> String {
        String(decoding: text.utf8.map { $0 == 0x2D ? 0x2B : $0 == 0x5F ? 0x2F : $0 }, as: UTF8.self)
    }
}
