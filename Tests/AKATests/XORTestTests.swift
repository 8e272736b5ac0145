import Testing

@testable import AKA

/// Expected values worked out by hand from TS 34.108 §8.1.2 (K = 00…0f, RAND = 34…34, SQN = 1, AMF = 8000); the first
/// block agrees with the output another implementation publishes.
@Suite("XOR test algorithm")
struct XORTestTests {
    let k = block("000102030405060708090a0b0c0d0e0f")
    let rand = block("34343434343434343434343434343434")

    @Test("TS 34.108 §8.1.2.1: RES, CK, IK, AK and MAC-A")
    func challenge() {
        let outputs = XORTest.challenge(k: k, rand: rand, sqn: 1, amf: 0x8000)
        #expect(hexadecimal(outputs.res) == "34353637303132333c3d3e3f38393a3b")
        #expect(hexadecimal(outputs.ck.octets) == "353637303132333c3d3e3f38393a3b34")
        #expect(hexadecimal(outputs.ik.octets) == "3637303132333c3d3e3f38393a3b3435")
        #expect(hexadecimal(outputs.ak, octets: 6) == "37303132333c")
        #expect(hexadecimal(outputs.macA, octets: 8) == "343536373030b233")
    }

    @Test("TS 34.108 §8.1.2.2: f5* is f5 and MAC-S takes AMF* = 0000")
    func resynchronisation() {
        #expect(hexadecimal(XORTest.f5star(k: k, rand: rand), octets: 6) == "37303132333c")
        #expect(hexadecimal(XORTest.f1star(k: k, rand: rand, sqn: 1, amf: 0), octets: 8) == "3435363730303233")
    }
}
