import IPsec
import SIP

/// CK and IK of a challenge, TS 24.229 §7.2A.1. Nothing prints them.
struct ChallengeKeys {
    let ck: SecretOctets
    let ik: SecretOctets

    /// Takes those of the first challenge that has them out of a 401: where they stood are zeros then, in every copy of
    /// the message. Nil where they are missing or are not sixteen octets each; what is there is taken out all the same.
    ///
    /// They are read where they lie: a `String` of them would stay in memory when it is freed.
    init?(takingFrom response: SIPMessage) {
        var (ck, ik): (SecretOctets?, SecretOctets?)
        for line in response.lines(.wwwAuthenticate) {
            let found = (Self.take("ck", response.bytes, line), Self.take("ik", response.bytes, line))
            if ck == nil, ik == nil { (ck, ik) = found }
        }
        guard let ck, let ik else { return nil }
        (self.ck, self.ik) = (ck, ik)
    }

    private static func take(_ name: String, _ bytes: [UInt8], _ line: Range<Int>) -> SecretOctets? {
        guard let digits = AuthFields.range(of: name, in: bytes, line), !digits.isEmpty else { return nil }
        // Over a link in memory the S-CSCF's copy for retransmissions is meant, too: who has had the response drops the next.
        defer { AuthFields.erase(digits, in: bytes) }
        guard digits.count == 32 else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(16)
        for at in stride(from: digits.lowerBound, to: digits.upperBound, by: 2) {
            guard let high = Hex.value(bytes[at]), let low = Hex.value(bytes[at + 1]) else {
                SecretOctets.wipe(&octets)
                return nil
            }
            octets.append(high << 4 | low)
        }
        return SecretOctets(taking: &octets)
    }
}
