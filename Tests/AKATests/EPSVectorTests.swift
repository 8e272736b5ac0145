import Testing

@testable import AKA

/// KASME and the counter EPS shares with IMS.
@Suite("EPS vectors")
struct EPSVectorTests {
    let functions: AKAFunctions

    init() throws { functions = try AKAFunctions() }

    private let network = ServingNetwork(mcc: "001", mnc: "01")

    /// Computed by Python over CK, IK, AK and SQN of the TS 35.207 sets, serving network 001/01:
    ///
    ///     s = b"\x10" + bytes.fromhex("00f110") + b"\0\3" + sqn_xor_ak + b"\0\6"
    ///     hmac.new(ck + ik, s, hashlib.sha256).hexdigest()
    static let expected = [
        "48579af8781c742d5120e6ed8ccac13193f38c53ab7aa69396f49ca6e1b0562d",
        "9e116253016d9f496d3759b32686499d2b2aa697565fa94bc53b334f802f07d4",
        "0a9391420483ebbb5035a995e57bea5a626626538d2fcc2b6755c879055201b6",
        "135a598fb7190227b148e338692b8739aa9dc6d76c4fb7dea1dd18492c627523",
        "e5113800fbb4a6dd0dcc6517c56ccbe2c08ab88b1abc1acbf92c31d1cfd72aa4",
        "ffde21c2b496693e1e00870d408072261230cc85f8cfcd95f126911bf1bf52ec",
    ]

    private func kasme(_ set: MilenageSet, _ network: ServingNetwork) throws -> String {
        let autn = Block128(UInt128(number(set.sqn) ^ number(set.f5)) << 80)
        return hexadecimal(try functions.kasme(ck: block(set.f3), ik: block(set.f4), autn: autn, network))
    }

    @Test("TS 33.401 §A.2: KASME over the sets of TS 35.207 is what another implementation computes")
    func kasmeVectors() throws {
        let network = try #require(network)
        for (set, expected) in zip(MilenageSet.all, Self.expected) { #expect(try kasme(set, network) == expected) }
    }

    @Test("TS 33.401 §A.2: another serving network has another KASME; 310/410 has a third digit of MNC")
    func servingNetworks() throws {
        #expect(network?.octets == octets("00f110"))
        let american = try #require(ServingNetwork(mcc: "310", mnc: "410"))
        #expect(american.octets == octets("130014") && american == ServingNetwork([0x13, 0x00, 0x14]))
        // The same Python over 130014 and the first set.
        #expect(
            try kasme(MilenageSet.all[0], american)
                == "62005bf3511406324db1ec2f8265d951de8303d65cecfee4c4d3cd281dcd5a26")
        for wrong in [("01", "01"), ("001", "1"), ("001", "0001"), ("00a", "01")] {
            #expect(ServingNetwork(mcc: wrong.0, mnc: wrong.1) == nil)
        }
        #expect(ServingNetwork([1, 2]) == nil)
    }

    private let keys = AKAKeys(
        algorithm: .milenage, k: block("465b5ce8b199b49faa5f0a2ee238a6bc"),
        opc: block("cd63cb71954a9f4e48a5994e37a02baf"), amf: 0x39B9)
    private let rand = block("23553cbe9637a89d218ae64dae47bf35")

    @Test("TS 33.102 Annex H: the separation bit is 1; the phone's KASME is the vector's; IND is of EPS's half")
    func vector() throws {
        let network = try #require(network)
        let vector = try functions.epsVector(keys, rand: rand, seq: 99, servingNetwork: network)
        #expect(UInt16(truncatingIfNeeded: vector.autn.high) == 0xB9B9)
        #expect(hexadecimal(vector.xres) == MilenageSet.all[0].f2 && vector.kasme.count == 32)
        let sqn = SequenceNumber(vector.autn.high >> 16 ^ number(MilenageSet.all[0].f5))
        #expect(sqn?.seq == 99 && sqn.map { $0.index < 16 } == true)
        var usim = USIM(keys)
        guard case .authenticated(let res, let ck, let ik) = try usim.answer(rand: rand, autn: vector.autn, functions)
        else { return #expect(Bool(false), "refused") }
        #expect(res == vector.xres)
        #expect(try functions.kasme(ck: ck, ik: ik, autn: vector.autn, network) == vector.kasme)
    }

    @Test("TS 33.102 Annex C.1.2: vectors of IMS kept unused stay good while EPS goes on counting")
    func unusedVectors() throws {
        let network = try #require(network)
        var usim = USIM(keys)
        let kept = try functions.vector(keys, rand: rand, seq: 1, for: .ims)
        for seq in UInt64(2)...40 {
            let vector = try functions.epsVector(keys, rand: rand, seq: seq, servingNetwork: network)
            guard case .authenticated = try usim.answer(rand: rand, autn: vector.autn, functions) else {
                return #expect(Bool(false), "EPS refused at \(seq)")
            }
        }
        guard case .authenticated = try usim.answer(rand: rand, autn: kept.autn, functions) else {
            return #expect(Bool(false), "the vector of IMS went stale")
        }
    }

    @Test("Secrets of an EPS vector are not printed, and are gone once wiped")
    func secrets() throws {
        var vector = try functions.epsVector(keys, rand: rand, seq: 1, servingNetwork: try #require(network))
        #expect("\(vector)" == "EPS authentication vector" && Mirror(reflecting: vector).children.isEmpty)
        vector.wipe()
        #expect(vector.xres.isEmpty && vector.kasme.isEmpty)
    }
}
