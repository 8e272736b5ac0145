import IPsec
import LabWorld
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// Issue 4: "Never a byte in the clear to a UE that has an SA", though somebody empties the kernel's tables.
@Suite("Issue 4, 5: a kernel that somebody has flushed") struct FlushedKernelTests {
    /// Within how long it must be noticed.
    private static let patience = 1_000

    @Test("`ip xfrm policy flush`: every policy is back within a second, those that block too")
    func policies() throws {
        let pair = try SecurePair()
        #expect(pair.texts() == [200, 200])
        let before = Set(pair.world.kernel.rules.keys)
        for _ in 0..<3 {
            pair.world.kernel.flush(policies: true)
            pair.core.world.advance(milliseconds: Self.patience)
            #expect(Set(pair.world.kernel.rules.keys) == before && !before.isEmpty)
        }
        #expect(pair.texts() == [200, 200])
        pair.world.expectAgreement()
    }

    @Test("`ip xfrm state flush`: its sets end, nothing stays that uses them, and phones register anew")
    func states() throws {
        let pair = try SecurePair()
        #expect(pair.texts() == [200, 200])
        pair.world.kernel.flush(states: true)
        pair.core.world.advance(milliseconds: Self.patience)
        #expect(pair.world.phases(pair.alice.secure).isEmpty && pair.world.phases(pair.bob.secure).isEmpty)
        #expect(pair.world.kernel.protecting == 0 && !pair.world.kernel.rules.isEmpty)
        for phone in [pair.alice, pair.bob] {
            phone.ue.restart()
            phone.secure.kernel.removeAll()
            phone.secure.renewOffer()
            try phone.register()
        }
        #expect(pair.texts() == [200, 200])
        pair.world.expectAgreement()
    }

    @Test("One policy of a set is deleted, and one state: that set only")
    func single() throws {
        let pair = try SecurePair()
        #expect(pair.texts() == [200, 200])
        let set = try #require(pair.bob.secure.set)
        let port = set.ue.endpoints.serverPort
        let rule = try #require(pair.world.kernel.rules.keys.first { $0.selector.destinationPort == port })
        _ = pair.world.kernel.perform([.deletePolicy(rule.selector, rule.direction)])
        pair.core.world.advance(milliseconds: Self.patience)
        #expect(pair.world.kernel.rules[rule] != nil && pair.texts() == [200, 200])
        _ = pair.world.kernel.perform([.deleteState(set.stateIDs[0])])
        pair.core.world.advance(milliseconds: Self.patience)
        #expect(pair.world.phases(pair.bob.secure).isEmpty && pair.world.phases(pair.alice.secure) == [.established])
        #expect(pair.world.kernel.held.count == 4)
    }
}

@Suite("Issue 4: others' associations beside ours") struct KernelCensusTests {
    @Test("Ours that go are seen at once where nothing else explains it; others that come and go cost a look in 30 s")
    func suspicion() {
        var census = KernelCensus()
        func isSuspect(total: Int, own: Int, now: Int) -> Bool { census.isSuspect(total: total, own: own, now: now) }
        #expect(isSuspect(total: 30, own: 20, now: 0), "the first look")
        census.settle(total: 30, own: 20)
        #expect(!isSuspect(total: 34, own: 24, now: 1_000) && !isSuspect(total: 40, own: 24, now: 2_000))
        #expect(isSuspect(total: 3, own: 24, now: 3_000), "fewer than ours alone")
        census.settle(total: 27, own: 24)
        #expect(!isSuspect(total: 26, own: 24, now: 4_000), "one of the others', as likely")
        #expect(isSuspect(total: 26, own: 24, now: 33_000))
        census.settle(total: 26, own: 24)
        #expect(!isSuspect(total: 26, own: 24, now: 99_000))
    }
}

@Suite("Issue 4, 6: a restart with other protected ports") struct OtherPortsTests {
    @Test("\"strays of ours are removed\": sets of a server port nobody listens on, and what blocked the former port")
    func serverPort() throws {
        let pair = try SecurePair()
        #expect(pair.texts() == [200, 200])
        pair.core.kill(.pcscf)
        pair.core.options.pcscf.removeAll { $0.0 == "ipsec" }
        pair.core.options.pcscf.append(("ipsec", .map([("server-port", .text("5200"))])))
        try pair.core.revive(.pcscf)
        pair.core.world.settle()
        #expect(pair.world.phases(pair.alice.secure).isEmpty && pair.world.kernel.held.isEmpty)
        let ports = Set(pair.world.kernel.rules.keys.flatMap { [$0.selector.sourcePort, $0.selector.destinationPort] })
        #expect(!ports.contains(5_100) && ports.contains(5_200))
    }
}
