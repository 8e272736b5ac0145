import Testing

@testable import AKA

/// The authentication centre against the USIM of Annex C.2.
@Suite("Authentication and resynchronisation")
struct AuthenticationTests {
    let functions: AKAFunctions
    static let algorithms = AKAAlgorithm.allCases

    init() throws { functions = try AKAFunctions() }

    func keys(_ algorithm: AKAAlgorithm) -> AKAKeys {
        AKAKeys(
            algorithm: algorithm, k: block("465b5ce8b199b49faa5f0a2ee238a6bc"),
            opc: block("cd63cb71954a9f4e48a5994e37a02baf"), amf: 0xB9B9)
    }

    let rand = block("23553cbe9637a89d218ae64dae47bf35")

    @Test("TS 33.102 §6.3.2: AUTN = SQN ⊕ AK ‖ AMF ‖ MAC, with the functions of the test set")
    func autn() throws {
        let set = MilenageSet.all[0]
        let vector = try functions.vector(keys(.milenage), rand: rand, seq: 99, for: .ims)
        let sqn = SequenceNumber(seq: 99, for: .ims).value
        let mac = try Milenage().challenge(
            k: block(set.k), opc: block(set.opc), rand: rand, sqn: sqn, amf: 0x39B9
        ).macA
        #expect(
            hexadecimal(vector.autn.octets)
                == hexadecimal(sqn ^ number(set.f5), octets: 6) + "39b9" + hexadecimal(mac, octets: 8))
        #expect(hexadecimal(vector.xres) == set.f2)
        #expect(hexadecimal(vector.ck.octets) == set.f3)
        #expect(hexadecimal(vector.ik.octets) == set.f4)
    }

    @Test(
        "TS 33.102 §6.3.3: the USIM accepts a fresh vector and computes the same RES, CK and IK", arguments: algorithms)
    func accepted(_ algorithm: AKAAlgorithm) throws {
        var usim = USIM(keys(algorithm))
        let vector = try functions.vector(keys(algorithm), rand: rand, seq: 1, for: .ims)
        guard
            case .authenticated(let res, let ck, let ik) = try usim.answer(
                rand: vector.rand, autn: vector.autn, functions)
        else { return #expect(Bool(false), "not accepted") }
        #expect(Secrets.equal(res, vector.xres))
        #expect(ck == vector.ck && ik == vector.ik)
    }

    @Test("TS 33.102 Annex C.2.2: sixteen IMS vectors may be used in any order, none of them twice")
    func outOfOrder() throws {
        var usim = USIM(keys(.milenage))
        for seq in [5, 1, 16, 2, 9, 3] as [UInt64] {
            let vector = try functions.vector(keys(.milenage), rand: rand, seq: seq, for: .ims)
            guard case .authenticated = try usim.answer(rand: rand, autn: vector.autn, functions) else {
                #expect(Bool(false), "SEQ \(seq) refused")
                continue
            }
            guard case .synchronisationFailure = try usim.answer(rand: rand, autn: vector.autn, functions) else {
                #expect(Bool(false), "SEQ \(seq) accepted twice")
                continue
            }
        }
    }

    @Test("TS 33.102 §6.3.3: a wrong K or OPc is a MAC failure, not a synchronisation failure")
    func wrongKey() throws {
        var wrong = keys(.milenage)
        wrong.k = block("00000000000000000000000000000001")
        var usim = USIM(wrong)
        let vector = try functions.vector(keys(.milenage), rand: rand, seq: 1, for: .ims)
        guard case .macFailure = try usim.answer(rand: rand, autn: vector.autn, functions) else {
            return #expect(Bool(false), "MAC accepted")
        }
    }

    @Test("TS 33.102 §6.3.5: after AUTS SEQ_HE is SEQ_MS and the next vector is accepted", arguments: algorithms)
    func resynchronised(_ algorithm: AKAAlgorithm) throws {
        let card = SequenceNumber(seq: 70_000, for: .ims)
        var usim = USIM(keys(algorithm), highest: card)
        let stale = try functions.vector(keys(algorithm), rand: rand, seq: 1, for: .ims)
        guard case .synchronisationFailure(let auts) = try usim.answer(rand: rand, autn: stale.autn, functions)
        else { return #expect(Bool(false), "stale vector accepted") }
        #expect(auts.count == 14)
        let outcome = try functions.resynchronise(keys(algorithm), rand: rand, auts: auts, lastSEQ: 1)
        #expect(outcome == .reset(seq: 70_000))
        let fresh = try functions.vector(keys(algorithm), rand: rand, seq: 70_001, for: .ims)
        guard case .authenticated = try usim.answer(rand: rand, autn: fresh.autn, functions) else {
            return #expect(Bool(false), "fresh vector refused")
        }
    }

    @Test("TS 33.102 §6.3.5 step 5: AUTS with a wrong MAC-S changes nothing", arguments: 0..<14)
    func forged(octet: Int) throws {
        var usim = USIM(keys(.milenage), highest: SequenceNumber(seq: 70_000, for: .ims))
        let stale = try functions.vector(keys(.milenage), rand: rand, seq: 1, for: .ims)
        guard case .synchronisationFailure(var auts) = try usim.answer(rand: rand, autn: stale.autn, functions)
        else { return #expect(Bool(false), "stale vector accepted") }
        auts[octet] ^= 0x01
        #expect(try functions.resynchronise(keys(.milenage), rand: rand, auts: auts, lastSEQ: 1) == .forged)
    }

    @Test("TS 33.102 §6.3.5 step 2: SEQ_HE in range stays, so no number is used twice")
    func inRange() throws {
        var usim = USIM(keys(.milenage), highest: SequenceNumber(seq: 40, for: .ims))
        let stale = try functions.vector(keys(.milenage), rand: rand, seq: 39, for: .ims)
        guard case .synchronisationFailure(let auts) = try usim.answer(rand: rand, autn: stale.autn, functions)
        else { return #expect(Bool(false), "stale vector accepted") }
        func outcome(last: UInt64, isRepeated: Bool = false) throws -> Resynchronisation? {
            try functions.resynchronise(
                keys(.milenage), rand: rand, auts: auts, lastSEQ: last, isRepeated: isRepeated)
        }
        #expect(try outcome(last: 45) == .inRange)
        #expect(try outcome(last: 40) == .inRange)
        #expect(try outcome(last: 39) == .reset(seq: 40))
        // Too far ahead for the USIM (Annex C.2.1): only going back to SEQ_MS helps.
        #expect(try outcome(last: 40 + SequenceNumber.highestLead) == .reset(seq: 40))
        #expect(try outcome(last: 40 + SequenceNumber.highestLead - 1) == .inRange)
        #expect(try outcome(last: 45, isRepeated: true) == .reset(seq: 40))
    }

    @Test("TS 33.102 §6.3.3: AUTS of any other length is no AUTS", arguments: [0, 13, 15, 30])
    func length(_ count: Int) throws {
        let auts = [UInt8](repeating: 0, count: count)
        #expect(try functions.resynchronise(keys(.milenage), rand: rand, auts: auts, lastSEQ: 1) == nil)
    }

    @Test("TS 33.102 Annex C.2.1: the USIM refuses a SEQ that leads by more than Δ")
    func lead() throws {
        var usim = USIM(keys(.milenage), highest: SequenceNumber(seq: 1, for: .ims))
        let far = try functions.vector(
            keys(.milenage), rand: rand, seq: SequenceNumber.highestLead + 2, for: .ims)
        guard case .synchronisationFailure = try usim.answer(rand: rand, autn: far.autn, functions) else {
            return #expect(Bool(false), "accepted")
        }
    }

    @Test("Keys and vectors print nothing secret")
    func redaction() throws {
        let keys = keys(.milenage)
        let vector = try functions.vector(keys, rand: rand, seq: 1, for: .ims)
        var dumped = ""
        dump(keys, to: &dumped)
        dump(vector, to: &dumped)
        for text in ["\(keys)", "\(vector)", "\(keys.k)", "\(String(reflecting: keys))", dumped] {
            #expect(!text.contains("465b5c") && !text.contains("93568"), "\(text.count) characters")
            #expect(!text.contains("\(keys.k.value)") && !text.contains("\(keys.opc.value)"))
            #expect(!text.contains("\(vector.xres)"))
        }
    }

    @Test("A sent vector leaves no secret behind")
    func wiping() throws {
        var vector = try functions.vector(keys(.xor), rand: rand, seq: 1, for: .ims)
        vector.wipe()
        #expect(vector.xres.isEmpty && vector.ck.value == 0 && vector.ik.value == 0)
    }
}
