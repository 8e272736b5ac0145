import Foundation
import IPsec
import Kernel
import LabHarness

/// A set for each of so many UEs.
struct SetsOfBench {
    static let keys = SAKeys(integrity: [UInt8](1...20), encryption: [UInt8](1...16))
    let all: [SASet]

    init(_ numbers: Range<Int>) {
        let suite = IPsecSuite("hmac-sha-1-96/aes-cbc")
        all = numbers.compactMap { number in
            suite.map { suite in
                SASet(
                    ue: .init(
                        host: HostAddress(isV6: false, high: 0, low: 0x0A2E_0000 + UInt64(number)),
                        endpoints: .init(clientSPI: 1_000, serverSPI: 1_001, clientPort: 31_800, serverPort: 31_900)),
                    pcscf: .init(
                        host: HostAddress(isV6: false, high: 0, low: 0x0A2D_0001),
                        endpoints: .init(
                            clientSPI: 100_000 + 2 * UInt32(number), serverSPI: 100_001 + 2 * UInt32(number),
                            clientPort: 5_065, serverPort: 5_066)), suite: suite, owner: 7)
            }
        }
    }
}

/// Sets through our driver, as the P-CSCF does it: one call for a new set, one for an old one.
final class DriverSets {
    private let kernel: XFRMSocket
    private var policies = SAPolicies()
    private var last: [SASet] = []

    init() throws { kernel = try XFRMSocket() }

    func add(_ sets: SetsOfBench) throws {
        for set in sets.all {
            try perform(set.states(SetsOfBench.keys).map(XFRMRequest.addState) + policies.add(set))
        }
        last = sets.all
    }

    func removeLast() throws {
        for set in last { try perform(policies.remove(set) + set.stateIDs.map(XFRMRequest.deleteState)) }
    }

    func expect(_ count: Int) throws {
        let (states, policies) = (try kernel.states().count, try kernel.policies().count)
        guard states == 4 * count, policies == 4 * count else {
            throw HarnessError("\(states) states and \(policies) policies for \(count) sets")
        }
    }

    private func perform(_ requests: [XFRMRequest]) throws {
        if let failure = kernel.perform(requests).compactMap({ $0 }).first { throw failure }
    }
}

/// The same sets through iproute2.
struct BatchSets {
    private let ip: String
    private let making: URL
    private let removing: URL

    init(_ sets: SetsOfBench) throws {
        ip = try Product.tool("ip")
        let folder = FileManager.default.temporaryDirectory
        making = folder.appendingPathComponent("imsbox-bench-\(getpid())-make")
        removing = folder.appendingPathComponent("imsbox-bench-\(getpid())-remove")
        try sets.all.flatMap(Self.make).joined(separator: "\n").write(to: making, atomically: false, encoding: .utf8)
        try sets.all.flatMap(Self.remove).joined(separator: "\n")
            .write(to: removing, atomically: false, encoding: .utf8)
    }

    func add() throws { try run(making) }

    func undo() throws { try run(removing) }

    func remove() { for file in [making, removing] { try? FileManager.default.removeItem(at: file) } }

    private func run(_ file: URL) throws {
        let child = try Child(ip, ["-batch", file.path], name: "ip")
        defer { child.destroy() }
        let status = try child.waitForExit(within: 300)
        guard status == .code(0) else { throw HarnessError("ip: \(status)\n\(child.text.suffix(2000))") }
    }

    private static func make(_ set: SASet) -> [String] {
        set.flows.map { flow in
            let (ends, keys) = (ends(flow), SetsOfBench.keys)
            return "xfrm state add \(ends) proto esp spi \(flow.spi) reqid \(set.requestID) mode transport "
                + "replay-window 32 auth-trunc hmac(sha1) \(hex(keys.integrity.copy)) 96 enc cbc(aes) \(hex(keys.encryption.copy)) "
                + "limit packet-hard \(XFRMState.sequenceNumbers) sel \(ends) \(ports(flow))"
        }
            + set.flows.map { flow in
                let request = flow.direction == .in ? 0 : set.requestID
                return "xfrm policy add \(ends(flow)) \(ports(flow)) dir \(flow.direction) priority 1000 "
                    + "tmpl \(ends(flow)) proto esp reqid \(request) mode transport"
            }
    }

    private static func remove(_ set: SASet) -> [String] {
        set.flows.map { "xfrm policy delete \(ends($0)) \(ports($0)) dir \($0.direction)" }
            + set.flows.map { "xfrm state delete \(ends($0)) proto esp spi \($0.spi)" }
    }

    private static func ends(_ flow: SASet.Flow) -> String {
        "src \(text(flow.selector.source)) dst \(text(flow.selector.destination))"
    }

    private static func ports(_ flow: SASet.Flow) -> String {
        "sport \(flow.selector.sourcePort) dport \(flow.selector.destinationPort)"
    }

    private static func text(_ host: HostAddress) -> String {
        Loopback(number: UInt32(truncatingIfNeeded: host.low)).text
    }

    private static func hex(_ octets: [UInt8]) -> String {
        "0x" + octets.map { String(format: "%02x", $0) }.joined()
    }
}
