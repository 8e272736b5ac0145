import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.3.2: a number reaches its user however it is dialled")
struct DiallingTests {
    @Test(arguments: [
        "tel:+15550000002", "tel:5550000002;phone-context=\(CoreWorld.home)",
        "tel:15550000002;phone-context=\(CoreWorld.home)", "tel:0015550000002;phone-context=\(CoreWorld.home)",
        "tel:+1-555-000-0002", "sip:+15550000002@\(CoreWorld.home);user=phone",
        "sip:5550000002@\(CoreWorld.home);user=phone", "sip:15550000002@\(CoreWorld.home)",
        "sip:5550000002;phone-context=\(CoreWorld.home)@\(CoreWorld.home);user=phone",
    ])
    func reaches(_ dialled: String) throws {
        let core = try CallWorld.core()
        let alice = try CallWorld.phone(1, in: core)
        let bob = try CallWorld.phone(2, in: core)
        bob.answers = { [bob.response(200, to: $0)] }
        _ = alice.initial("MESSAGE", to: dialled)
        core.world.settle()
        #expect(alice.statuses(.message) == [200])
        #expect(bob.last(.message)?.text(.pCalledPartyID) == "<tel:+15550000002>")
    }

    @Test(
        "§5.4.3.2: what is no whole number is 404", arguments: ["tel:00;phone-context=\(CoreWorld.home)", "tel:+0123"])
    func undialable(_ dialled: String) throws {
        let core = try CallWorld.core()
        let alice = try CallWorld.phone(1, in: core)
        _ = alice.initial("MESSAGE", to: dialled)
        core.world.settle()
        #expect(alice.statuses(.message) == [404])
    }
}
