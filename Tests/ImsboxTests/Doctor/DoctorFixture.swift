import Foundation
import Glibc
import IPsec
import Kernel
import RoleKit

@testable import imsbox

/// A machine on which nothing is wrong: an HSS and a P-CSCF with IPsec run, on Open5GS's tunnel.
enum DoctorFixture {
    static let host = "10.45.0.1"

    static func healthy(pcscf: String = "address: 10.45.0.1\n") throws -> DoctorFacts {
        var facts = DoctorFacts(directory: "instances")
        (facts.plans, facts.faults) = try read(pcscf)
        facts.addresses = [
            entry("lo", "127.0.0.1"), entry("lo", "::1"), entry("eth0", "192.168.1.10"), entry("ogstun", "10.45.0.1"),
            entry("ogstun", "fd45::1"),
        ]
        facts.probes = probes { _ in nil }
        facts.program = "/usr/local/bin/imsbox"
        facts.running = [
            instance("hss", .hss, peers: [peer("icscf.example.org")], counts: [("subscribers", .number(1000))]),
            instance("pcscf", .pcscf, peers: [.object([("peer", .text("I-CSCF"))])]),
        ]
        facts.taken = [try taken("10.45.0.1:5100"), try taken("[fd45::1]:5100")]
        facts.state = DoctorFacts.StateFacts(path: ".imsbox", sockets: ".imsbox", free: 1 << 30)
        return facts
    }

    /// The same with nothing running, so that nobody has the ports.
    static func stopped(pcscf: String = "address: 10.45.0.1\n") throws -> DoctorFacts {
        var facts = try healthy(pcscf: pcscf)
        facts.running = []
        facts.taken = []
        return facts
    }

    private static func read(_ pcscf: String) throws -> ([InstancePlan], [String]) {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in [("hss.yaml", "role: hss\n"), ("pcscf.yaml", "role: pcscf\n" + pcscf)] {
            try text.write(to: directory.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let files = InstanceFiles(try InstanceFiles.inDirectory(directory.path))
        return (files.plans, files.faults)
    }

    static func entry(_ interface: String, _ host: String) -> HostAddresses.Entry {
        .init(interface: interface, address: SocketAddress(host, port: 0) ?? SocketAddress(0, 0, 0, 0, port: 0))
    }

    static func probes(_ failure: (SuiteProbe) -> XFRMFailure?) -> [SuiteProbe] {
        IPsecSuite.all.flatMap { suite in [false, true].map { SuiteProbe(suite: suite, isV6: $0) } }.map {
            SuiteProbe(suite: $0.suite, isV6: $0.isV6, failure: failure($0))
        }
    }

    static let notPermitted = XFRMFailure(.notPermitted, code: EPERM, text: "Operation not permitted")
    static let noESP = XFRMFailure(.unsupported, code: EPROTONOSUPPORT, text: "Requested type not found")
    static let noAlgorithm = XFRMFailure(.unsupported, code: ENOSYS, text: "Requested AEAD algorithm not found")

    static func instance(
        _ name: String, _ role: Role, isReady: Bool = true, peers: [Report] = [],
        counts: [(key: String, value: Report)] = []
    ) -> DoctorFacts.RunningInstance {
        .init(
            name: name,
            status: .object([
                ("instance", .text(name)), ("role", .text(role.title)),
                ("state", .text(isReady ? "ready" : "not ready")), ("counts", .object(counts)),
            ]),
            peers: .list(peers))
    }

    static func peer(_ name: String, isOpen: Bool = true, problem: String = "") -> Report {
        .object([
            ("peer", .text(name)), ("address", .text("127.0.0.1:3868")), ("state", .text("Closed")),
            ("open", .flag(isOpen)), ("configured", .flag(true)), ("problem", .text(problem)),
        ])
    }

    /// A row of `peers` for whom was turned away.
    static func refusal(_ state: String, _ problem: String) -> Report {
        .object([
            ("peer", .text("mme.localdomain")), ("realm", .text("localdomain")), ("address", .text("127.0.0.2:40000")),
            ("state", .text(state)), ("open", .flag(false)), ("configured", .flag(false)), ("problem", .text(problem)),
        ])
    }

    /// The HSS, well but for one it has refused.
    static func hss(refusing row: Report) -> DoctorFacts.RunningInstance {
        instance("hss", .hss, peers: [peer("icscf.example.org"), row], counts: [("subscribers", .number(1000))])
    }

    static func taken(
        _ endpoint: String, _ kind: LinkKind = .udp, _ code: NetworkError.Code = .addressInUse
    ) throws -> DoctorFacts.TakenPort {
        guard let address = SocketAddress(endpoint: endpoint) else { throw CocoaError(.formatting) }
        return .init(
            file: "pcscf.yaml", endpoint: .init(address: address, kind: kind),
            problem: NetworkError(code, "in the system's words"))
    }
}
