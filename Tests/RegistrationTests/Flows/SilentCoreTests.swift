import LabWorld
import PCSCF
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("What a phone hears when the core says nothing")
struct SilentCoreTests {
    /// Timer F with the T1 of RFC 3261, for phones that do not keep TS 24.229 §7.7's longer one.
    private static let timerF = 32_000

    private func hears(_ core: CoreWorld, number: Int = 1) throws -> (status: Int, retryAfter: Int?, after: Int) {
        let ue = try core.ue(try core.subscribe(number), host: UInt8(number))
        let start = core.world.clock.now
        ue.register(authorization: ue.initialAuthorization, settling: false)
        let answer = try #require(ue.waitForFinal(milliseconds: 300_000))
        return (answer.status, try answer.integer(.retryAfter), core.world.clock.now.milliseconds(since: start))
    }

    @Test(
        "§5.2.2.1, RFC 3261 §17.1.2.2: with every entry point silent, 504 with Retry-After before the phone gives up",
        arguments: [1, 2, 5])
    func silentEntryPoints(count: Int) throws {
        var options = CoreWorld.Options()
        options.entryPoints = (1...count).map { "10.0.9.\($0):4060" }
        let core = try CoreWorld(options)
        let heard = try hears(core)
        #expect(heard.status == 504)
        #expect(heard.retryAfter == 30)
        #expect(heard.after < Self.timerF - 2_000)
        for number in 1...count {
            #expect(core.pcscfNode.tap.passages.contains { $0.remote.description == "10.0.9.\(number):4060" })
        }
        core.expectNothingLeft()
    }

    @Test("§5.2.2.1: a silent entry point leaves the next one time to serve")
    func secondEntryPoint() throws {
        var options = CoreWorld.Options()
        options.entryPoints = ["10.0.9.1:4060", "icscf.\(CoreWorld.home)"]
        let core = try CoreWorld(options)
        let heard = try hears(core)
        #expect(heard.status == 401)
        #expect(heard.after < Self.timerF / 2)
    }

    @Test("§5.3.1.3: HSS and S-CSCFs silent behind a live I-CSCF: the phone is told in time, and never 403")
    func silentBehindTheICSCF() throws {
        var options = CoreWorld.Options()
        options.ghosts = (1...3).map { "sip:10.0.9.\($0):6060" }
        let core = try CoreWorld(options)
        core.scscfNodes[0].crash()
        let first = try hears(core)
        #expect(first.status == 504)
        #expect(first.retryAfter == 30)
        #expect(first.after < Self.timerF - 2_000)
        core.hssNode.attach { _ in }
        let second = try hears(core, number: 2)
        #expect(second.status == 480)
        #expect(second.retryAfter == 30)
        #expect(second.after < Self.timerF - 2_000)
    }

    @Test("`core-timeout` says how long the core may be silent")
    func configuredPatience() throws {
        var options = CoreWorld.Options()
        options.entryPoints = ["10.0.9.1:4060"]
        options.pcscf = [("core-timeout", .text("5000"))]
        let heard = try hears(try CoreWorld(options))
        #expect(heard.status == 504)
        #expect((5_000...5_100).contains(heard.after))
    }
}
