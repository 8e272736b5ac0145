import Testing

@testable import AKA

/// RES as a password that C strings can hold.
@Suite("RES without zero octets")
struct ZeroFreeRESTests {
    let functions: AKAFunctions
    static let algorithms = AKAAlgorithm.allCases

    init() throws { functions = try AKAFunctions() }

    func keys(_ algorithm: AKAAlgorithm) -> AKAKeys {
        AKAKeys(
            algorithm: algorithm, k: block("465b5ce8b199b49faa5f0a2ee238a6bc"),
            opc: block("cd63cb71954a9f4e48a5994e37a02baf"), amf: 0xB9B9)
    }

    /// RANDs that look random and are the same in every run.
    struct Chance {
        private var state: UInt64 = 0x33_102
        var draws = 0

        mutating func next() -> Block128 {
            draws += 1
            return Block128(UInt128(word()) << 64 | UInt128(word()))
        }

        /// SplitMix64.
        private mutating func word() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    @Test(
        "RFC 3310 §3.3: none of 10,000 vectors has a zero octet in RES; drawn as they come, every thirtieth has",
        arguments: algorithms)
    func tenThousand(_ algorithm: AKAAlgorithm) throws {
        var chance = Chance()
        var withZero = 0
        for seq in 1...10_000 as ClosedRange<UInt64> {
            let drawn = try functions.vector(keys(algorithm), rand: chance.next(), seq: seq, for: .ims)
            if drawn.hasZeroInRES { withZero += 1 }
            let avoiding = try functions.zeroFreeVector(keys(algorithm), seq: seq, for: .ims) { chance.next() }
            #expect(!avoiding.xres.contains(0))
        }
        // 1 − (255/256)^8 = 3.1 % and 1 − (255/256)^16 = 6.1 % are expected.
        let expected = algorithm == .milenage ? 260...360 : 540...680
        #expect(expected.contains(withZero), "\(withZero) of 10,000")
        #expect(chance.draws > 20_000 && chance.draws < 21_000)
    }

    @Test("TS 33.102 §6.3.2: the USIM accepts such a vector, and the sequence number is the one asked for")
    func accepted() throws {
        var chance = Chance()
        var usim = USIM(keys(.milenage))
        for seq in 1...200 as ClosedRange<UInt64> {
            let vector = try functions.zeroFreeVector(keys(.milenage), seq: seq, for: .ims) { chance.next() }
            guard
                case .authenticated(let res, _, _) = try usim.answer(rand: vector.rand, autn: vector.autn, functions)
            else { return #expect(Bool(false), "SEQ \(seq) refused") }
            #expect(res == vector.xres)
        }
    }

    @Test("A random source that is stuck ends in a vector, not in a loop")
    func stuck() throws {
        var draws = 0
        // With the XOR algorithm RES is K ⊕ RAND: this RAND makes it all zeros.
        let vector = try functions.zeroFreeVector(keys(.xor), seq: 1, for: .ims) {
            draws += 1
            return keys(.xor).k
        }
        #expect(vector.hasZeroInRES)
        #expect(draws == AKAFunctions.highestDraws)
    }

    @Test("A random source that fails is an error")
    func failing() {
        #expect(throws: CryptoError.self) {
            try functions.zeroFreeVector(keys(.milenage), seq: 1, for: .ims) { () throws(CryptoError) in
                throw CryptoError.noRandomness
            }
        }
    }
}
