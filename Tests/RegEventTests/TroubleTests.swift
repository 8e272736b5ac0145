import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("reg-event on bad wires and among the dead")
struct TroubleTests {
    /// Loses a quarter of what belongs to NOTIFY and to the P-CSCF's SUBSCRIBE, and doubles as much.
    private static func spoil(_ datagram: DatagramInFlight) -> DatagramFate? {
        let text = datagram.text
        let touchesPhone = [datagram.from, datagram.to].contains {
            $0.with(port: 0) == SocketAddress(10, 45, 0, 1, port: 0)
        }
        guard text.contains(" NOTIFY\r\n") || (text.contains(" SUBSCRIBE\r\n") && !touchesPhone) else { return nil }
        switch UInt64(datagram.number) &* 0x9E37_79B9_7F4A_7C15 >> 60 {
        case 0..<4: return .lose
        case 4..<8: return .duplicate(afterMilliseconds: 700)
        default: return nil
        }
    }

    @Test("lost and doubled datagrams: the last word arrives, nothing is left behind", arguments: 1...8)
    func badWires(_ seed: Int) throws {
        let watcher = try Watcher(subscribes: false) { options in
            options.seed = UInt64(seed)
            options.pcscf = []
        }
        // Another number of datagrams before the spoiling, another pattern of it.
        for number in 0..<seed { watcher.phone.send("OPTIONS nothing \(number)") }
        watcher.core.world.faults.rule = Self.spoil
        #expect(try watcher.subscribe()?.status == 200)
        watcher.core.world.advance(milliseconds: 60_000)
        #expect(try watcher.contacts() == ["active/created"])
        #expect(try watcher.register(contact: "<sip:b@10.45.0.1:5090>") == 200)
        watcher.core.world.advance(milliseconds: 60_000)
        #expect(try watcher.contacts() == ["active/created", "terminated/deactivated"])
        #expect(try watcher.register(expires: 0, contact: "*") == 200)
        watcher.core.world.advance(milliseconds: 60_000)
        #expect(try watcher.contacts() == ["terminated/unregistered"])
        let versions = try watcher.notifies.map { try RegInfo(parsing: Array($0.body)).version }
        #expect(versions == versions.sorted())
        watcher.core.expectNothingLeft()
    }

    @Test("the S-CSCF dies: the P-CSCF's subscription ends with the registration")
    func servingDies() throws {
        let core = try CallWorld.core()
        let phone = try CallWorld.phone(1, in: core)
        #expect(core.subscriptionsAtPCSCF == 1)
        core.scscfNodes[0].crash()
        core.world.advance(milliseconds: 7_201_000)
        #expect(core.registrationsAtPCSCF().isEmpty)
        core.world.advance(milliseconds: 200_000)
        #expect(core.subscriptionsAtPCSCF == 0)
        #expect(core.pcscfNode.timers.running == 0)
        withExtendedLifetime(phone) {}
    }

    @Test("the P-CSCF dies: the S-CSCF drops who does not answer, phone and P-CSCF alike")
    func proxyDies() throws {
        let watcher = try Watcher { $0.pcscf = [] }
        #expect(watcher.count == 2)
        watcher.core.pcscfNode.crash()
        watcher.core.world.advance(milliseconds: 7_201_000)
        watcher.core.world.advance(milliseconds: 40_000)
        #expect(watcher.count == 0)
        #expect(watcher.core.registrations().isEmpty)
    }
}
