import SIP

/// CK and IK of a challenge, TS 24.229 §7.2A.1. Nothing prints them.
struct ChallengeKeys: CustomStringConvertible, CustomReflectable {
    private(set) var ck: [UInt8]
    private(set) var ik: [UInt8]

    /// Those of the first AKA challenge of a 401; nil where they are missing or are not sixteen octets each.
    init?(_ response: SIPMessage) {
        for text in response.texts(.wwwAuthenticate) {
            guard let challenge = DigestChallenge(parsing: text), let ck = challenge.fields["ck"].flatMap(Self.octets),
                let ik = challenge.fields["ik"].flatMap(Self.octets)
            else { continue }
            (self.ck, self.ik) = (ck, ik)
            return
        }
        return nil
    }

    private static func octets(_ text: String) -> [UInt8]? { Hex.decode(text).flatMap { $0.count == 16 ? $0 : nil } }

    var description: String { "ChallengeKeys(…)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
