/// The authentication algorithms a subscriber may have; the names are those of the subscriber CSV.
public enum AKAAlgorithm: UInt8, CaseIterable, Hashable, Sendable {
    case milenage = 1
    case xor = 2

    public var name: String {
        switch self {
        case .milenage: "milenage"
        case .xor: "xor"
        }
    }
}

/// What a subscriber's USIM and the authentication centre share (TS 33.102 §6.3). Prints without its secrets.
public struct AKAKeys: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    public var algorithm: AKAAlgorithm
    public var k: Block128
    /// OPc; not used by the XOR algorithm.
    public var opc: Block128
    /// The operator's AMF; its separation bit is set per vector (TS 33.102 Annex H).
    public var amf: UInt16

    public init(algorithm: AKAAlgorithm, k: Block128, opc: Block128, amf: UInt16) {
        self.algorithm = algorithm
        self.k = k
        self.opc = opc
        self.amf = amf
    }

    public var description: String { "AKA keys (\(algorithm.name))" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Outputs of f1 to f5 for one challenge.
struct AKAOutputs {
    var macA: UInt64
    var res: [UInt8]
    var ck: Block128
    var ik: Block128
    /// 48 bits.
    var ak: UInt64
}

/// f1, f1*, f2, f3, f4, f5 and f5* of any supported algorithm (TS 33.102 §6.3, §6.3.7).
///
/// Holds the AES context, so one object belongs to one instance: not Sendable, no lock.
public final class AKAFunctions {
    private let milenage: Milenage
    let derivation: KeyDerivation

    public init() throws(CryptoError) {
        milenage = try Milenage()
        derivation = try KeyDerivation()
    }

    /// OPc from OP and K (TS 35.206 §4.1), for provisioning and for `op` columns.
    public func opc(k: Block128, op: Block128) throws(CryptoError) -> Block128 {
        try milenage.opc(k: k, op: op)
    }

    func challenge(_ keys: AKAKeys, rand: Block128, sqn: UInt64, amf: UInt16) throws(CryptoError) -> AKAOutputs {
        switch keys.algorithm {
        case .milenage: try milenage.challenge(k: keys.k, opc: keys.opc, rand: rand, sqn: sqn, amf: amf)
        case .xor: XORTest.challenge(k: keys.k, rand: rand, sqn: sqn, amf: amf)
        }
    }

    /// MAC-S.
    func f1star(_ keys: AKAKeys, rand: Block128, sqn: UInt64, amf: UInt16) throws(CryptoError) -> UInt64 {
        switch keys.algorithm {
        case .milenage: try milenage.f1star(k: keys.k, opc: keys.opc, rand: rand, sqn: sqn, amf: amf)
        case .xor: XORTest.f1star(k: keys.k, rand: rand, sqn: sqn, amf: amf)
        }
    }

    /// AK of a resynchronisation.
    func f5star(_ keys: AKAKeys, rand: Block128) throws(CryptoError) -> UInt64 {
        switch keys.algorithm {
        case .milenage: try milenage.f5star(k: keys.k, opc: keys.opc, rand: rand)
        case .xor: XORTest.f5star(k: keys.k, rand: rand)
        }
    }
}
