import Foundation
import IPsec
import Kernel
import LabHarness
import RoleKit
import Testing

extension ESPCore {
    /// A P-CSCF that dies and comes back under phones that notice nothing.
    @Suite("Restart of the P-CSCF")
    struct ESPRestart {
        private static let kinds = [LinkKind.udp, .tcp].flatMap { transport in
            [false, true].compactMap { isIPv6 in
                IPsecSuite("hmac-sha-1-96/aes-cbc").map {
                    GmPhone.Kind(transport: transport, isIPv6: isIPv6, suite: $0)
                }
            }
        }

        @Test("kill -9 and a new start: calls and texts both ways over the sets there were, with no new registration")
        func resumes() throws {
            try GmLab.run(.processes, ues: 2 * Self.kinds.count) { gm in
                let rows = try Self.kinds.enumerated().map { try GmRow(gm, first: 2 * $0 + 1, $1) }
                for row in rows {
                    #expect(row.run(.register) == nil, "\(row.kind)")
                    #expect(row.run(.call) == nil, "\(row.kind)")
                }
                let before = try gm.sets()
                try #require(before.count == 2 * rows.count)
                try gm.lab.crash(.pcscf)
                let foreign = [
                    try Foreign(gm, spi: 0x12345), try Foreign(gm, spi: 0x12346, mark: "mark 7"),
                ]
                let stray = try Stray(gm)
                try gm.start([[.pcscf]])
                #expect(try gm.sets().map(\.ownSPIs).sorted(by: \.[0]) == before.map(\.ownSPIs).sorted(by: \.[0]))
                #expect(try !stray.isThere(), "a stray set of ours was not removed")
                for one in foreign { #expect(try one.isThere(), "somebody else's state or policy was removed") }
                for row in rows {
                    for step in [GmRow.Step.callBack, .messageBack, .call, .message] {
                        #expect(row.run(step) == nil, "\(row.kind): \(step.rawValue)")
                    }
                    #expect(row.one.registrations == 1 && row.other.registrations == 1, "\(row.kind)")
                    #expect(try row.one.leak() == nil && row.other.leak() == nil, "\(row.kind)")
                    #expect(row.run(.again) == nil && row.run(.deregister) == nil, "\(row.kind)")
                    #expect(row.run(.gone) == nil, "\(row.kind)")
                    try row.stop()
                }
                #expect(try gm.sets().allSatisfy { $0.rejected == 0 })
                for one in foreign { try one.remove() }
                #expect(try gm.kernelFault() == nil)
            }
        }

        @Test("TS 24.229 §5.2.6: a call that stood before is ended after the restart, by either side")
        func callGoesOn() throws {
            try GmLab.run(.processes, ues: 2 * Self.kinds.count) { gm in
                let rows = try Self.kinds.enumerated().map { try GmRow(gm, first: 2 * $0 + 1, $1) }
                for row in rows { try #require(row.run(.register) == nil) }
                let calls = try rows.map { try $0.one.dial($0.other) }
                try gm.restart(.pcscf)
                for (number, (row, call)) in zip(rows, calls).enumerated() {
                    do {
                        if number % 2 == 0 {
                            try row.one.hangUp(call.own, row.other, call.others)
                        } else {
                            try row.other.hangUp(call.others, row.one, call.own)
                        }
                    } catch { Issue.record("\(row.kind): \(error)") }
                    #expect(row.run(.callBack) == nil && row.run(.deregister) == nil, "\(row.kind)")
                    try row.stop()
                }
            }
        }
    }

    /// A state and a policy of some other program's, made by ip(8) between the P-CSCF's address and port and a host that is
    /// no UE: what tells them from ours is only the owner they do not name.
    private struct Foreign {
        private let gm: GmLab
        private let spi: UInt32
        private let mark: String
        private static let ends = "src 10.45.0.1 dst 10.99.0.1"

        init(_ gm: GmLab, spi: UInt32, mark: String = "") throws {
            self.gm = gm
            self.spi = spi
            self.mark = mark
            try gm.network.core.run {
                try Namespace.set([
                    "xfrm state add \(Self.ends) proto esp spi \(spi) reqid \(spi) mode transport \(mark) "
                        + "auth-trunc hmac(sha1) 0x0102030405060708090a0b0c0d0e0f1011121314 96 "
                        + "enc ecb(cipher_null) \"\" sel \(Self.ends) proto udp sport 5100 dport 99",
                    "xfrm policy add \(Self.ends) proto udp sport 5100 dport 99 dir out \(mark) priority 5 "
                        + "tmpl \(Self.ends) proto esp reqid \(spi) mode transport",
                ])
            }
        }

        func isThere() throws -> Bool {
            try gm.network.core.run {
                let states = try Namespace.output("ip xfrm state list \(Self.ends)")
                let policies = try Namespace.output("ip xfrm policy list \(Self.ends)")
                return states.contains("reqid \(spi)") && policies.contains("reqid \(spi)")
            }
        }

        func remove() throws {
            try gm.network.core.run {
                try Namespace.set([
                    "xfrm state delete \(Self.ends) proto esp spi \(spi) \(mark)",
                    "xfrm policy delete \(Self.ends) proto udp sport 5100 dport 99 dir out \(mark)",
                ])
            }
        }
    }

    /// A set with the P-CSCF's mark that nothing it has written down knows of.
    private struct Stray {
        private let kernel: XFRMSocket
        private let set: SASet
        /// `GmSecurity.owner`.
        private static let owner: UInt32 = 0x696D_7350

        init(_ gm: GmLab) throws {
            kernel = try gm.kernel()
            let suite = try #require(IPsecSuite("hmac-sha-1-96/null"))
            func host(_ low: UInt64) -> HostAddress { HostAddress(isV6: false, high: 0, low: 0x0A2D_0000 + low) }
            set = SASet(
                ue: .init(
                    host: host(200),
                    endpoints: .init(clientSPI: 9_001, serverSPI: 9_002, clientPort: 9_003, serverPort: 9_004)),
                pcscf: .init(
                    host: host(1),
                    endpoints: .init(clientSPI: 90_001, serverSPI: 90_002, clientPort: 5_101, serverPort: 5_100)),
                suite: suite, owner: Self.owner)
            let keys = SAKeys(integrity: [UInt8](1...20), encryption: [])
            var policies = SAPolicies()
            let requests = set.states(keys).map(XFRMRequest.addState) + policies.add(set)
            try #require(kernel.perform(requests).allSatisfy { $0 == nil })
        }

        func isThere() throws -> Bool {
            let ids = Set(set.stateIDs)
            let selectors = Set(set.flows.map(\.selector))
            return try kernel.states().contains { ids.contains($0.id) }
                || kernel.policies().contains { selectors.contains($0.selector) }
        }
    }
}

extension Array {
    fileprivate func sorted<Key: Comparable>(by key: KeyPath<Element, Key>) -> [Element] {
        sorted { $0[keyPath: key] < $1[keyPath: key] }
    }
}
