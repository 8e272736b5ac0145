import LabWorld
import RoleKit
import SIP
import TestSupport

/// Somebody who reaches the S-CSCF's port and says what it likes.
final class Outsider {
    static let address = SocketAddress(10, 0, 9, 9, port: 5070)
    /// Somebody else, whom nobody asked.
    static let victim = SocketAddress(10, 0, 9, 10, port: 5060)

    private let core: CoreWorld
    private let puppet: Puppet
    private let target: Puppet
    private var serial = 0

    init(_ core: CoreWorld) throws {
        self.core = core
        puppet = try Puppet(core.world, at: Self.address, listensTCP: false, name: "outsider")
        target = try Puppet(core.world, at: Self.victim, listensTCP: false, name: "victim")
    }

    /// What it asserts of itself: that it is this phone's user.
    static func assertions(_ phone: Phone) -> [String] {
        [
            "P-Asserted-Identity: <\(phone.uri)>", "P-Served-User: <\(phone.uri)>",
            "P-Charging-Vector: icid-value=forged", "P-Charging-Function-Addresses: ccf=forged",
            "P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel",
        ]
    }

    /// One request straight to the S-CSCF, or to another element; gives the final statuses.
    func send(
        _ method: String, _ uri: String, to peer: String? = nil, callID: String = "forged", _ more: [String] = [],
        through element: SocketAddress = CoreWorld.scscfAddress(0)
    ) -> [Int] {
        serial += 1
        let lines =
            [
                "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP \(Self.address);branch=z9hG4bKoutside\(serial)",
                "Max-Forwards: 70", "From: <sip:x@example.org>;tag=1", "To: \(peer ?? "<\(uri)>")",
                "Call-ID: \(callID)", "CSeq: \(900 + serial) \(method)", "Contact: <sip:x@\(Self.address)>",
            ] + more + ["Content-Length: 0", "", ""]
        puppet.send(lines.joined(separator: "\r\n"), to: element)
        core.world.settle()
        return puppet.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }
            .filter { !$0.isRequest && $0.status >= 200 }.map(\.status)
    }

    /// Requests that have come since the last look.
    func heard() -> [SIPMessage] {
        puppet.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }.filter(\.isRequest)
    }

    /// What the S-CSCF has sent on to the victim.
    var sentOn: [String] { target.takeDatagrams().map(\.text) }
}
