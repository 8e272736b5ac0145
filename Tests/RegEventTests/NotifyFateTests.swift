import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("RFC 6665 §4.2.2: what becomes of a NOTIFY")
struct NotifyFateTests {
    @Test("a refused NOTIFY ends the subscription", arguments: [481, 408, 404, 500, 603])
    func refused(_ status: Int) throws {
        let watcher = try Watcher(subscribes: false)
        watcher.notifyStatus = status
        #expect(try watcher.subscribe()?.status == 200)
        // A 408 does not travel (RFC 4320 §4.1): the S-CSCF hears nothing, and its own timer F says so.
        if status == 408 { watcher.core.world.advance(milliseconds: 33_000) }
        #expect(watcher.count == 0)
        let told = watcher.notifies.count
        #expect(try watcher.register() == 200)
        #expect(watcher.notifies.count == told)
    }

    @Test("silence ends it too, and leaves nothing behind")
    func silence() throws {
        let watcher = try Watcher(subscribes: false)
        watcher.notifyStatus = 0
        #expect(try watcher.subscribe()?.status == 200)
        #expect(watcher.count == 1)
        watcher.core.world.advance(milliseconds: 200_000)
        #expect(watcher.count == 0)
        watcher.phone.answers = nil
        #expect(try watcher.register(expires: 0) == 200)
        watcher.core.expectNothingLeft()
    }

    @Test("Retry-After asks for another try, which has what changed meanwhile")
    func retryAfter() throws {
        let watcher = try Watcher(subscribes: false)
        watcher.notifyStatus = 480
        watcher.notifyExtra = ["Retry-After: 10"]
        #expect(try watcher.subscribe()?.status == 200)
        #expect(try watcher.register(contact: "<sip:other@10.45.0.1:5090>") == 200)
        #expect(watcher.notifies.count == 1)
        watcher.notifyStatus = 200
        watcher.core.world.advance(milliseconds: 10_000)
        #expect(watcher.notifies.count == 2)
        #expect(try watcher.contacts() == ["active/created", "terminated/deactivated"])
        #expect(watcher.count == 1)
    }

    @Test("a NOTIFY goes out only when the one before has been answered, and says all there is to say")
    func oneAtATime() throws {
        let watcher = try Watcher(subscribes: false)
        watcher.notifyStatus = 0
        #expect(try watcher.subscribe()?.status == 200)
        #expect(try watcher.register(contact: "<sip:b@10.45.0.1:5090>") == 200)
        #expect(try watcher.register(contact: "<sip:c@10.45.0.1:5090>") == 200)
        #expect(watcher.notifies.count == 1)
        watcher.notifyStatus = 200
        watcher.phone.send(watcher.phone.response(200, to: try #require(watcher.lastNotify)))
        watcher.core.world.settle()
        #expect(watcher.notifies.count == 2)
        #expect(try watcher.contacts() == ["active/created", "terminated/deactivated", "terminated/deactivated"])
        #expect(try watcher.register(contact: "<sip:c@10.45.0.1:5090>") == 200)
        #expect(try watcher.contacts() == ["active/refreshed"])
    }

    @Test("the registration ends while a NOTIFY is under way: the last one comes after it")
    func endWaits() throws {
        let watcher = try Watcher(subscribes: false)
        watcher.notifyStatus = 0
        #expect(try watcher.subscribe()?.status == 200)
        #expect(try watcher.register(expires: 0) == 200)
        watcher.notifyStatus = 200
        watcher.phone.send(watcher.phone.response(200, to: try #require(watcher.lastNotify)))
        watcher.core.world.settle()
        #expect(watcher.lastNotify?.text(.subscriptionState) == "terminated;reason=noresource")
        watcher.core.expectNothingLeft()
    }
}
