/// The serving network's identity: MCC and MNC in three octets, as Visited-PLMN-Id carries them (TS 29.272 §7.3.9) and
/// as KASME is bound to them (TS 33.401 figure A.2-1).
public struct ServingNetwork: Hashable, Sendable {
    public let octets: [UInt8]

    /// nil unless there are three octets.
    public init?(_ octets: [UInt8]) {
        guard octets.count == 3 else { return nil }
        self.octets = octets
    }

    /// From the digits; a third digit of the MNC that is missing is filled with 1111 (TS 24.008 §10.5.1.3).
    public init?(mcc: String, mnc: String) {
        let country = mcc.utf8.map { $0 &- 48 }
        let network = mnc.utf8.map { $0 &- 48 }
        guard country.count == 3, network.count == 2 || network.count == 3,
            (country + network).allSatisfy({ $0 < 10 })
        else { return nil }
        let third = network.count == 3 ? network[2] : 15
        octets = [country[1] << 4 | country[0], third << 4 | country[2], network[1] << 4 | network[0]]
    }
}

/// One authentication vector for EPS (TS 33.401 §6.1.2). XRES and KASME are secret; it prints without them.
public struct EPSVector: Sendable, CustomStringConvertible, CustomReflectable {
    public var rand: Block128
    /// AUTN with the separation bit 1.
    public var autn: Block128
    public var xres: [UInt8]
    /// 256 bits, bound to one serving network. CK and IK never leave the HSS.
    public var kasme: [UInt8]

    /// Overwrites the secret parts once they have been sent.
    public mutating func wipe() {
        Secrets.wipe(&xres)
        Secrets.wipe(&kasme)
    }

    public var description: String { "EPS authentication vector" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension AKAFunctions {
    /// An EPS vector: a UMTS vector of the subscriber's one counter, with IND from the half of EPS and the separation
    /// bit set, and KASME in place of CK and IK. `rand` must be unpredictable.
    public func epsVector(
        _ keys: AKAKeys, rand: Block128, seq: UInt64, servingNetwork: ServingNetwork
    ) throws(CryptoError) -> EPSVector {
        var vector = try vector(keys, rand: rand, seq: seq, for: .eps)
        defer { vector.wipe() }
        let kasme = try kasme(ck: vector.ck, ik: vector.ik, autn: vector.autn, servingNetwork)
        return EPSVector(rand: vector.rand, autn: vector.autn, xres: vector.xres, kasme: kasme)
    }

    /// KASME = KDF(CK ‖ IK, 0x10, SN id, SQN ⊕ AK) (TS 33.401 §A.2); SQN ⊕ AK is how AUTN begins, so a phone can
    /// derive it too.
    public func kasme(
        ck: Block128, ik: Block128, autn: Block128, _ servingNetwork: ServingNetwork
    ) throws(CryptoError) -> [UInt8] {
        var key = ck.octets + ik.octets
        defer { Secrets.wipe(&key) }
        return try derivation.derive(key: key, fc: 0x10, [servingNetwork.octets, Array(autn.octets.prefix(6))])
    }
}
