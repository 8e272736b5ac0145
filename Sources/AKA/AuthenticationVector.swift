/// One authentication vector (TS 33.102 §6.3.2). Secret but for RAND and AUTN; prints without its secrets.
public struct AuthenticationVector: Sendable, CustomStringConvertible, CustomReflectable {
    public var rand: Block128
    /// AUTN = SQN ⊕ AK ‖ AMF ‖ MAC.
    public var autn: Block128
    public var xres: [UInt8]
    public var ck: Block128
    public var ik: Block128

    /// Overwrites the secret parts once they have been sent.
    public mutating func wipe() {
        Secrets.wipe(&xres)
        ck = Block128(0)
        ik = Block128(0)
    }

    public var description: String { "authentication vector" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension AKAFunctions {
    /// A vector for one user of the subscriber's sequence numbers (TS 33.102 §6.3.2). `rand` must be unpredictable.
    public func vector(
        _ keys: AKAKeys, rand: Block128, seq: UInt64, for user: SequenceNumberUser
    ) throws(CryptoError) -> AuthenticationVector {
        let sqn = SequenceNumber(seq: seq, for: user).value
        let amf = user.amf(keys.amf)
        let outputs = try challenge(keys, rand: rand, sqn: sqn, amf: amf)
        let autn = UInt128((sqn ^ outputs.ak) << 16 | UInt64(amf)) << 64 | UInt128(outputs.macA)
        return AuthenticationVector(
            rand: rand, autn: Block128(autn), xres: outputs.res, ck: outputs.ck, ik: outputs.ik)
    }
}
