import LabUE
import LabWorld
import RoleKit
import TestSupport

/// Two UEs that speak with each other without a core: each is the other's first hop.
struct UEPair {
    static let a = SocketAddress(10, 0, 0, 2, port: 5060)
    static let b = SocketAddress(10, 0, 0, 3, port: 5060)
    static let bURI = "sip:b@10.0.0.3:5060"
    let world: VirtualWorld
    let a: FleetUnderTest
    let b: FleetUnderTest

    init(
        _ transport: LinkKind = .udp, requires100rel: Bool = false, hasPreconditions: Bool = false,
        habit: AnsweringHabit,
        seed: UInt64 = 1
    ) throws {
        let world = VirtualWorld(seed: seed)
        self.world = world
        func fleet(_ user: String, _ here: SocketAddress, _ there: SocketAddress) throws -> FleetUnderTest {
            let config = FleetConfig(
                pcscf: there, transport: transport, local: here, requires100rel: requires100rel,
                hasPreconditions: hasPreconditions)
            let identity = UEIdentity(user: user, password: "p", domain: "example.org")
            return try FleetUnderTest(world, config, [identity], name: user)
        }
        a = try fleet("a", Self.a, Self.b)
        b = try fleet("b", Self.b, Self.a)
        b.fleet.assumeIsolated { $0.setHabit(habit, of: 0) }
    }

    /// SIP first lines a node sent or received, in order.
    func lines(_ side: FleetUnderTest, _ direction: TapDirection) -> [String] {
        side.node.tap.passages.filter { $0.direction == direction }.map { passage in
            let words = passage.text.prefix { $0 != "\r\n" }.split(separator: " ")
            return words.first == "SIP/2.0" ? String(words[1]) : String(words[0])
        }
    }
}
