import Diameter
import HSS
import LabWorld
import PCSCF
import RoleKit
import SCSCF
import SIP
import TestSupport
import Testing

@Suite("Trouble between servers is never 403")
struct TroubleTests {
    @Test("§5.3.1.3: no HSS at all: 480 with Retry-After")
    func deadHSS() throws {
        var options = CoreWorld.Options()
        options.startsHSS = false
        let core = try CoreWorld(options)
        core.world.advance(milliseconds: 5_000)
        #expect(!core.areReady)
        let ue = try core.ue(TestSubscriber(impi: "u@\(CoreWorld.home)", impu: "sip:u@\(CoreWorld.home)", msisdn: ""))
        ue.register(authorization: ue.initialAuthorization)
        let answer = try #require(ue.finals.last ?? ue.waitForFinal(milliseconds: 10_000))
        #expect(answer.status == 480)
        #expect(try answer.integer(.retryAfter) != nil)
        core.expectNothingLeft(withDiameter: false)
    }

    @Test("§5.4.1.2.1: the HSS dies between UAR and MAR: 504 with Retry-After")
    func hssLostByTheSCSCF() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        // Only the S-CSCF loses its connection.
        for connection in core.scscfNodes[0].network.connections {
            core.scscfNodes[0].network.breakConnection(connection)
        }
        ue.register(authorization: ue.initialAuthorization)
        let answer = try #require(ue.finals.last ?? ue.waitForFinal(milliseconds: 20_000))
        #expect(answer.status == 504)
        #expect(try answer.integer(.retryAfter) != nil)
        // The peers come back by themselves, and so does the service.
        core.world.advance(until: { core.areReady }, withinMilliseconds: 60_000)
        #expect(try ue.registerWithAKA().status == 200)
    }

    @Test("TS 29.228 §6.1.2: the HSS stays silent on SAR: 504, nothing is registered")
    func silentHSS() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let answer = try ue.answer()
        core.store.hold()
        ue.register(authorization: answer, settling: false)
        let final = try #require(ue.waitForFinal(milliseconds: 20_000))
        #expect(final.status == 504)
        #expect(try final.integer(.retryAfter) != nil)
        #expect(core.registrations().isEmpty && core.registrationsAtPCSCF().isEmpty)
        core.store.release()
        core.world.advance(milliseconds: 5_000)
        #expect(try ue.registerWithAKA().status == 200)
    }

    @Test("A late HSS only makes the answer late: repeated REGISTERs are absorbed meanwhile")
    func lateHSS() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let answer = try ue.answer()
        core.store.hold()
        ue.register(authorization: answer, settling: false)
        core.world.advance(milliseconds: 3_000)
        ue.collect()
        #expect(ue.finals.count == 1)
        core.store.release()
        #expect(ue.waitForFinal(milliseconds: 1_000)?.status == 200)
        #expect(core.assignments == [1])
        #expect(core.registrations().count == 1)
    }

    @Test("One procedure at a time: a second dialogue waits for the first, both are answered")
    func concurrentDialogues() throws {
        let core = try CoreWorld()
        let subscriber = try core.subscribe(1)
        let ue = try core.ue(subscriber)
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let answer = try ue.answer()
        core.store.hold()
        ue.register(authorization: answer, settling: false)
        core.world.advance(milliseconds: 100)
        let other = try core.ue(ue.subscriber, host: 2)
        other.register(authorization: other.initialAuthorization, settling: false)
        core.world.advance(milliseconds: 100)
        #expect(core.requests(CxCommands.multimediaAuth).count == 1)
        core.store.release()
        #expect(ue.waitForFinal(milliseconds: 2_000)?.status == 200)
        #expect(other.waitForFinal(milliseconds: 2_000)?.status == 401)
    }

    @Test("RFC 3261 §10.3: more REGISTERs at once than a lane holds: 500 with Retry-After, the others are served")
    func fullLane() throws {
        let core = try CoreWorld()
        let subscriber = try core.subscribe(1)
        let ue = try core.ue(subscriber)
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let answer = try ue.answer()
        core.store.hold()
        ue.register(authorization: answer, settling: false)
        var others: [TestUE] = []
        for host in 2...6 as ClosedRange<UInt8> {
            core.world.advance(milliseconds: 10)
            let other = try core.ue(subscriber, host: host)
            other.register(authorization: other.initialAuthorization, settling: false)
            others.append(other)
        }
        core.world.advance(milliseconds: 10)
        for other in others { other.collect() }
        #expect(others.flatMap(\.finals).map(\.status) == [500])
        #expect(try others.last?.finals.last?.integer(.retryAfter) != nil)
        core.store.release()
        core.world.advance(milliseconds: 5_000)
        ue.collect()
        for other in others { other.collect() }
        #expect(ue.finals.last?.status == 200)
        #expect(others.dropLast().allSatisfy { $0.finals.last?.status == 401 })
    }

    @Test("§5.3.1.3: the assigned S-CSCF is silent: the I-CSCF asks again and takes another")
    func reselection() throws {
        var options = CoreWorld.Options()
        options.scscfs = 2
        let core = try CoreWorld(options)
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        #expect(core.registrations(0).count == 1)
        core.scscfNodes[0].crash()
        ue.restart()
        ue.register(authorization: ue.initialAuthorization, settling: false)
        let challenge = try #require(ue.waitForFinal(milliseconds: 60_000))
        #expect(challenge.status == 401)
        ue.register(authorization: try ue.answer(), settling: false)
        #expect(ue.waitForFinal(milliseconds: 60_000)?.status == 200)
        #expect(core.registrations(1).count == 1)
        let types = core.requests(CxCommands.userAuthorization).map { $0[Cx.userAuthorizationType]?.rawValue ?? 0 }
        #expect(types.contains(2))
    }

    @Test("§5.3.1.3: no S-CSCF answers: 504 with Retry-After")
    func noSCSCF() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        core.scscfNodes[0].crash()
        ue.register(authorization: ue.initialAuthorization, settling: false)
        let answer = try #require(ue.waitForFinal(milliseconds: 100_000))
        #expect(answer.status == 504)
        #expect(try answer.integer(.retryAfter) != nil)
    }

    @Test(
        "TS 29.228 §6.7: mandatory capabilities decide, optional ones prefer",
        arguments: [
            ([7], [], [[1], [7]], 1), ([], [9], [[1], [9]], 1), ([], [], [[1], [9]], 0),
        ] as [([UInt32], [UInt32], [[Int]], Int)])
    func capabilities(_ row: (mandatory: [UInt32], optional: [UInt32], each: [[Int]], chosen: Int)) throws {
        var options = CoreWorld.Options()
        options.scscfs = 2
        options.capabilities = row.each
        options.mandatoryCapabilities = row.mandatory
        options.optionalCapabilities = row.optional
        let core = try CoreWorld(options)
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        #expect(core.registrations(row.chosen).count == 1)
    }

    @Test("§5.3.1.3: nobody has the mandatory capabilities: 600")
    func nobodyIsAble() throws {
        var options = CoreWorld.Options()
        options.capabilities = [[1]]
        options.mandatoryCapabilities = [1, 2]
        let core = try CoreWorld(options)
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 600)
        core.expectNothingLeft()
    }

    @Test("§5.2.2.1: the I-CSCF is gone: 504 with Retry-After, and nothing is kept")
    func noICSCF() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        core.icscfNode.crash()
        ue.register(authorization: ue.initialAuthorization, settling: false)
        let answer = try #require(ue.waitForFinal(milliseconds: 100_000))
        #expect(answer.status == 504)
        #expect(try answer.integer(.retryAfter) != nil)
        core.expectNothingLeft(withDiameter: false)
    }

    @Test("Draining: what is under way ends, what is new is refused, then nothing is open")
    func draining() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let answer = try ue.answer()
        core.store.hold()
        ue.register(authorization: answer, settling: false)
        core.world.advance(milliseconds: 100)
        let scscf = core.scscfs[0]
        scscf.assumeIsolated { $0.drain() }
        core.world.settle()
        #expect(scscf.assumeIsolated { !$0.isDrained })
        core.store.release()
        #expect(ue.waitForFinal(milliseconds: 2_000)?.status == 200)
        let drained = core.world.advance(
            until: { scscf.assumeIsolated { $0.isDrained } }, withinMilliseconds: 10_000)
        #expect(drained)
        core.pcscf.assumeIsolated { $0.drain() }
        // Its SUBSCRIBE to reg has its answer yet to come.
        core.world.settle()
        #expect(core.pcscf.assumeIsolated { $0.isDrained })
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 503)
    }
}
