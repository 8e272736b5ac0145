import SIP
import Testing

@Suite("Branches, keys and effects")
struct BranchTests {
    func read(_ text: String) -> Branch? {
        let bytes = Array(("x=" + text).utf8)
        return Branch(bytes, 2..<bytes.count)
    }

    @Test(
        "RFC 3261 §8.1.1.7: a branch begins with the magic cookie and is read back",
        arguments: [0, 1, 0xABCD, UInt64.max])
    func roundTrip(number: UInt64) {
        let branch = Branch(id: number, tag: ~number, loopMark: number ^ 0x55)
        let text = String(decoding: branch.bytes, as: UTF8.self)
        #expect(text.hasPrefix("z9hG4bK"))
        #expect(read(text) == branch)
    }

    @Test(
        "Branches of others are not ours",
        arguments: [
            "z9hG4bK", "z9hG4bK776asdhds", "z9hG4bK1.2", "z9hG4bK1.2.3.4", "z9hG4bK1..3", "z9hG4bK.1.2", "1.2.3",
            "z9hG4bK1.2.",
            "z9hG4bK12345678901234567.2.3", "z9hG4bK1.g.3",
        ])
    func foreign(text: String) {
        #expect(read(text) == nil)
    }

    @Test("RFC 3261 §17.2.3: parts cannot run into one another, case folds only where told")
    func keys() {
        func key(_ parts: [String], folding: Bool = false, seed: UInt64 = 1) -> TransactionKey {
            var hash = KeyHash(seed: (seed, 2))
            for part in parts {
                let bytes = Array(part.utf8)
                hash.add(bytes, 0..<bytes.count, foldingCase: folding)
            }
            return hash.finish()
        }
        #expect(key(["ab", "c"]) == key(["ab", "c"]))
        #expect(key(["ab", "c"]) != key(["a", "bc"]))
        #expect(key(["abc", ""]) != key(["abc"]))
        #expect(key(["Host"]) != key(["host"]))
        #expect(key(["Host.EXAMPLE"], folding: true) == key(["hOST.example"], folding: true))
        #expect(key(["a"], seed: 1) != key(["a"], seed: 2))
        #expect(key(["z9hG4bK-12345678"]) != key(["z9hG4bK-12345679"]))
    }

    @Test("Effects keep their order beyond what lies inline")
    func effects() {
        for count in 0...9 {
            var effects = Effects<Int>()
            for number in 0..<count { effects.append(number) }
            #expect(Array(effects) == Array(0..<count))
            #expect(effects.isEmpty == (count == 0))
        }
        var joined = Effects(1, 2, 3)
        joined.append(contentsOf: Effects(4, 5, 6, 7))
        #expect(Array(joined) == [1, 2, 3, 4, 5, 6, 7])
    }
}
