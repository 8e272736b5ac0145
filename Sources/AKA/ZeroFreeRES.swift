extension AuthenticationVector {
    /// Whether XRES has an octet of zero: 3.1 % of Milenage's eight octets, 6.1 % of the XOR algorithm's sixteen.
    public var hasZeroInRES: Bool { xres.contains(0) }
}

extension AKAFunctions {
    /// RANDs drawn at most for one vector. With eight octets of RES the last of them is reached once in 10²⁴ vectors.
    public static let highestDraws = 16

    /// A vector whose XRES has no octet of zero, by drawing RAND again where it has one.
    ///
    /// Why: RES is the password of the digest (RFC 3310 §3.3), and clients that keep it as a C string (sipp 3.6.1, soft
    /// phones) cut it at its first zero octet, so about every thirtieth of their registrations fails though they know K.
    /// What it costs: log2((255/256)⁸), 0.045 bit of RES's 64, and 3 % more computing. RAND stays unpredictable and the
    /// sequence number is taken once. TS 33.102 §6.3.2 asks of RAND no more than that.
    ///
    /// - Parameter rand: a new unpredictable RAND with every call.
    public func zeroFreeVector(
        _ keys: AKAKeys, seq: UInt64, for user: SequenceNumberUser, rand: () throws(CryptoError) -> Block128
    ) throws(CryptoError) -> AuthenticationVector {
        var vector = try vector(keys, rand: try rand(), seq: seq, for: user)
        var draws = 1
        while vector.hasZeroInRES, draws < AKAFunctions.highestDraws {
            vector.wipe()
            vector = try self.vector(keys, rand: try rand(), seq: seq, for: user)
            draws += 1
        }
        return vector
    }
}
