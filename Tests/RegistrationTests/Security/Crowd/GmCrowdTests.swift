import IPsec
import Kernel
import LabHarness
import LabWorld
import TestSupport
import Testing

@testable import PCSCF

/// Many UEs through a P-CSCF whose kernel is a model.
@Suite("Issue 4: a crowd at the P-CSCF") struct GmCrowdTests {
    @Test("500 UEs come, re-register and vanish in random order; kernel and table agree, then both are empty")
    func crowd() throws {
        let crowd = try GmCrowd(500, ModelKernel(), seed: 5)
        try crowd.wholeLife(steps: 1_500)
    }
}

/// The same, and as many as the issue wants, with a kernel that has ESP: run by `Tests/Lab/run`.
@Suite("ESP, a crowd at the P-CSCF", .enabled(if: Namespace.hasESP, "needs a kernel with ESP: Tests/Lab/run"))
struct ESPCrowdTests {
    @Test(
        "Issue 4: 10,000 UEs come, re-register and vanish in random order; kernel and table agree, then both are empty")
    func crowd() throws {
        let node = try KeptNamespace()
        let crowd = try GmCrowd(10_000, try node.run { try XFRMSocket() }, seed: 6)
        try crowd.wholeLife(steps: 5_000)
    }
}

extension GmCrowd {
    func wholeLife(steps: Int) throws {
        try come()
        try expectAgreement("after all have come")
        let count = registrations
        #expect(count > 0 && sets >= count && granted == count)
        try live(steps: steps)
        try expectAgreement("after \(steps) steps")
        #expect(challenged > steps / 20 && granted > count + steps / 10)
        // The longest registration, what outlives it, and the longest wait for an answer to a challenge.
        core.world.advance(milliseconds: 7_300_000)
        #expect(sets == 0 && registrations == 0 && refusals == [])
        try expectAgreement("after all has expired")
        #expect(try kernel.states().isEmpty)
    }
}
