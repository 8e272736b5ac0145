import Testing

@testable import AKA

@Suite("Milenage")
struct MilenageTests {
    @Test("TS 35.207 §3: the kernel function is Rijndael with a 128-bit key", arguments: RijndaelSet.all)
    func kernel(_ set: RijndaelSet) throws {
        let cipher = try AESBlockCipher()
        try cipher.setKey(block(set.key))
        #expect(try hexadecimal(cipher.encrypt(block(set.plain)).octets) == set.cipher)
    }

    @Test("TS 35.207 §4–6 and TS 35.208 §4.3: OPc, f1, f1*, f2, f3, f4, f5, f5*", arguments: MilenageSet.all)
    func functions(_ set: MilenageSet) throws {
        let milenage = try Milenage()
        let (k, rand, sqn) = (block(set.k), block(set.rand), number(set.sqn))
        let amf = UInt16(number(set.amf))
        let opc = try milenage.opc(k: k, op: block(set.op))
        #expect(hexadecimal(opc.octets) == set.opc)

        let outputs = try milenage.challenge(k: k, opc: opc, rand: rand, sqn: sqn, amf: amf)
        #expect(hexadecimal(outputs.macA, octets: 8) == set.f1)
        #expect(hexadecimal(outputs.res) == set.f2)
        #expect(hexadecimal(outputs.ck.octets) == set.f3)
        #expect(hexadecimal(outputs.ik.octets) == set.f4)
        #expect(hexadecimal(outputs.ak, octets: 6) == set.f5)

        let macS = try milenage.f1star(k: k, opc: opc, rand: rand, sqn: sqn, amf: amf)
        let akS = try milenage.f5star(k: k, opc: opc, rand: rand)
        #expect(hexadecimal(macS, octets: 8) == set.f1star)
        #expect(hexadecimal(akS, octets: 6) == set.f5star)
    }

    @Test("TS 35.207 has 6 sets and TS 35.208 has 20: none is missing")
    func complete() {
        #expect(MilenageSet.all.filter { $0.document == "TS 35.207" }.map(\.number) == Array(1...6))
        #expect(MilenageSet.all.filter { $0.document == "TS 35.208" }.map(\.number) == Array(1...20))
    }

    @Test("One object serves keys in turn: nothing of the key before remains")
    func rekeying() throws {
        let milenage = try Milenage()
        for set in MilenageSet.all + MilenageSet.all.reversed() {
            let ak = try milenage.f5star(k: block(set.k), opc: block(set.opc), rand: block(set.rand))
            #expect(hexadecimal(ak, octets: 6) == set.f5star)
        }
    }
}
