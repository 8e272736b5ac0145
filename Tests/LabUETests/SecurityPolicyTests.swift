import AKA
import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import LabUE

/// A UE with IPsec against a P-CSCF that is a puppet: what it may do without, and what it must not.
@Suite("TS 24.229 §5.1.1.5.1, RFC 3329 §2.3: a UE's policy for IPsec")
struct SecurityPolicyTests {
    private static let here = SocketAddress(10, 45, 0, 1, port: 0)
    private static let pcscf = SocketAddress(10, 0, 1, 1, port: 5060)
    private static let noESP = XFRMFailure(.unsupported, code: 93, text: "Protocol not supported")

    /// A puppet that answers every REGISTER by a closure, a UE and its kernel.
    private final class World {
        let world = VirtualWorld()
        let kernel = Kept(ModelKernel())
        let pcscf: Puppet
        let ue: FleetUnderTest
        private let keys: AKAKeys
        private let functions: AKAFunctions
        private var seq: UInt64 = 1
        var registers: [SIPMessage] { pcscf.datagrams.compactMap { try? SIPMessage($0.bytes) } }

        init(
            _ policy: FleetSecurity.Policy, suites: [IPsecSuite] = FleetSecurity.usualSuites,
            change: (ModelKernel) -> Void = { _ in }
        ) throws {
            functions = try AKAFunctions()
            let identity = try #require(try LabSubscribers.identity(1, domain: "example.org", functions))
            guard case .card(let keys) = identity.secret else { throw UEFault.needsPassword }
            self.keys = keys
            pcscf = try Puppet(world, at: SecurityPolicyTests.pcscf)
            change(kernel.value)
            let kernel = kernel
            let security = FleetSecurity(policy: policy, suites: suites) { kernel.value }
            ue = try FleetUnderTest(
                world,
                FleetConfig(
                    pcscf: SecurityPolicyTests.pcscf, local: SecurityPolicyTests.here, answerWithin: 5_000,
                    security: security), [identity])
        }

        /// Registers, with these answers to its REGISTERs in turn; each gets the number of the REGISTER.
        func register(_ answer: @escaping (World, Int) throws -> String) throws -> Result<RegistrationGrant, UEFault> {
            var count = 0
            pcscf.onDatagram = { [unowned self] puppet, datagram in
                count += 1
                guard let request = try? SIPMessage(datagram.bytes), let line = try? answer(self, count) else { return }
                let head = ["Via", "From", "To", "Call-ID", "CSeq"].compactMap { name in
                    request.first(name).map { "\(name): \($0)" }
                }
                let text =
                    (["SIP/2.0 \(line.prefix { $0 != "\n" })"] + head
                    + line.split(separator: "\n").dropFirst().map(String.init) + ["Content-Length: 0"])
                    .joined(separator: "\r\n")
                puppet.send(text + "\r\n\r\n", to: datagram.from)
            }
            return try ue.run { await $0.register(0) }
        }

        /// A 401 with a challenge the card accepts.
        func challenge(_ extra: String = "") throws -> String {
            let vector = try functions.vector(keys, rand: Block128(UInt128(seq)), seq: seq, for: .ims)
            seq += 1
            let nonce = Base64.encode(vector.rand.octets + vector.autn.octets)
            return "401 Unauthorized\nWWW-Authenticate: Digest realm=\"example.org\", nonce=\"\(nonce)\", "
                + "algorithm=AKAv1-MD5, qop=\"auth\"" + (extra.isEmpty ? "" : "\n" + extra)
        }
    }

    private static let granted = "200 OK\nExpires: 600"

    private func fault(_ result: Result<RegistrationGrant, UEFault>) -> UEFault? {
        if case .failure(let fault) = result { fault } else { nil }
    }

    @Test(
        "TS 24.229 §5.1.1.2.2: the first REGISTER offers all, requires sec-agree, and names the protected port as Contact"
    )
    func first() throws {
        let world = try World(.required)
        _ = try world.register { _, _ in "403 Forbidden" }
        let register = try #require(world.registers.first)
        let client = try SecurityClient(register.texts(.securityClient))
        #expect(client.suites == FleetSecurity.usualSuites && !register.has(.securityVerify))
        for header in [HeaderID.require, .proxyRequire, .supported] {
            #expect(register.texts(header).contains("sec-agree"), "\(header)")
        }
        let contact = try #require(try register.contacts().first?.address?.uri.sip)
        #expect(contact.port == Int(client.endpoints.serverPort))
        #expect(world.pcscf.datagrams.first?.from.port != client.endpoints.clientPort)
    }

    @Test("§5.1.1.5.1: a challenge without Security-Server ends a registration that requires IPsec")
    func requiredNotOffered() throws {
        let world = try World(.required)
        let fault = fault(try world.register { world, _ in try world.challenge() })
        #expect(fault?.problem.contains("Security-Server") == true && world.registers.count == 1)
        #expect(world.kernel.value.held.isEmpty)
    }

    @Test("A preferred one goes on in the clear, with a Contact that is heard there")
    func preferredNotOffered() throws {
        let world = try World(.preferred)
        let grant = try world.register { world, count in count == 1 ? try world.challenge() : Self.granted }.get()
        #expect(grant.seconds == 600)
        let second = try #require(world.registers.last)
        #expect(!second.has(.securityClient) && !second.has(.require))
        #expect(try second.contacts().first?.address?.uri.sip?.port == Int(world.pcscf.datagrams[1].from.port))
        #expect(world.ue.fleet.assumeIsolated { $0.security(of: 0) } == nil)
    }

    @Test("RFC 3261 §8.1.3.5: who does not know sec-agree is asked without, where that is allowed")
    func badExtension() throws {
        let bad = "420 Bad Extension\nUnsupported: sec-agree"
        let world = try World(.preferred)
        #expect(try world.register { _, count in count == 1 ? bad : Self.granted }.get().seconds == 600)
        #expect(world.registers.map { $0.has(.securityClient) } == [true, false])
        let strict = try World(.required)
        #expect(fault(try strict.register { _, _ in bad })?.cure.contains("--ipsec") == true)
        #expect(strict.registers.count == 1)
    }

    @Test(
        "TS 33.203 §7.2: nothing in common is a fault that says what was offered",
        arguments: FleetSecurity.Policy.allCases)
    func nothingInCommon(_ policy: FleetSecurity.Policy) throws {
        let world = try World(policy)
        let server =
            "Security-Server: ipsec-3gpp;alg=hmac-sha-1-96;ealg=des-ede3-cbc;spi-c=70001;spi-s=70002;"
            + "port-c=5101;port-s=5100"
        let fault = fault(try world.register { world, _ in try world.challenge(server) })
        #expect(fault?.problem.contains("des-ede3-cbc") == true && fault?.cure.contains("--ipsec-algorithms") == true)
        #expect(world.kernel.value.held.isEmpty)
    }

    @Test("A registration nobody challenged is none, since it would be without IPsec")
    func unchallenged() throws {
        let world = try World(.required)
        #expect(fault(try world.register { _, _ in Self.granted }) == .unprotected)
    }

    @Test("TS 33.203 §7.3: what the kernel refuses ends the attempt, and the answer is not sent", arguments: 0..<8)
    func kernelRefuses(succeeding: Int) throws {
        let world = try World(.required)
        world.kernel.value.failure = XFRMFailure(.exists, code: 17, text: "File exists")
        let server = "Security-Server: ipsec-3gpp;alg=hmac-sha-1-96;spi-c=70001;spi-s=70002;port-c=5101;port-s=5100"
        let result = try world.register { world, _ in
            world.kernel.value.succeeding = succeeding
            return try world.challenge(server)
        }
        #expect(fault(result)?.cure.contains("namespace") == true)
        #expect(world.registers.count == 1)
    }

    @Test("A kernel without ESP, or a process without the capability, is told before anything is sent")
    func noKernel() throws {
        for (failure, word) in [
            (Self.noESP, "esp4"), (XFRMFailure(.notPermitted, code: 1, text: "not permitted"), "CAP_NET_ADMIN"),
        ] {
            let thrown = #expect(throws: UEFault.self) {
                _ = try World(.required) { kernel in
                    kernel.failure = failure
                    kernel.succeeding = 0
                }
            }
            #expect(thrown?.cure.contains(word) == true)
        }
        let world = try World(.preferred) { kernel in
            kernel.failure = Self.noESP
            kernel.succeeding = 0
        }
        #expect(try world.register { _, _ in Self.granted }.get().seconds == 600)
        #expect(world.registers.map { $0.has(.securityClient) } == [false])
    }

    @Test("What the kernel has no algorithm for is not offered: the P-CSCF could choose it")
    func lacking() throws {
        let world = try World(.required) { $0.lacking = Set(FleetSecurity.usualSuites.dropFirst()) }
        _ = try world.register { _, _ in "403 Forbidden" }
        let client = try SecurityClient(try #require(world.registers.first).texts(.securityClient))
        #expect(client.suites == Array(FleetSecurity.usualSuites.prefix(1)))
        #expect(world.kernel.value.held.isEmpty)
        let thrown = #expect(throws: UEFault.self) {
            _ = try World(.required) { $0.lacking = Set(IPsecSuite.all) }
        }
        #expect(thrown?.cure.contains("--ipsec-algorithms") == true)
    }

    @Test("IPsec without an address to make SAs for, or without a SIM to make keys, is told at start")
    func impossible() throws {
        let world = VirtualWorld()
        let kernel = Kept(ModelKernel())
        func start(_ local: SocketAddress, _ identity: UEIdentity) throws {
            _ = try FleetUnderTest(
                world, FleetConfig(pcscf: Self.pcscf, local: local, security: FleetSecurity { kernel.value }),
                [identity])
        }
        let card = try #require(try LabSubscribers.identity(1, domain: "x", AKAFunctions()))
        #expect(throws: UEFault.needsAddress) { try start(SocketAddress(0, 0, 0, 0, port: 0), card) }
        #expect(throws: UEFault.needsCardForIPsec) {
            try start(Self.here, UEIdentity(user: "a", password: "p", domain: "x"))
        }
    }

    @Test("What a killed run left at this address goes; a living UE's and others' stay")
    func leftovers() throws {
        let world = VirtualWorld()
        let kernel = Kept(ModelKernel())
        // Somebody listens there.
        let living = try Puppet(world, at: Self.here.with(port: 40_000))
        defer { withExtendedLifetime(living) {} }
        func set(_ port: UInt16, host: SocketAddress = Self.here, owner: UInt32 = FleetSecurity.owner) throws -> SASet {
            SASet(
                ue: .init(
                    host: host.hostAddress,
                    endpoints: .init(
                        clientSPI: UInt32(port) * 10, serverSPI: UInt32(port) * 10 + 1, clientPort: port,
                        serverPort: port)),
                pcscf: .init(
                    host: Self.pcscf.hostAddress,
                    endpoints: .init(
                        clientSPI: UInt32(port) * 10 + 2, serverSPI: UInt32(port) * 10 + 3, clientPort: 5_101,
                        serverPort: 5_100)),
                suite: try #require(IPsecSuite(.hmacSHA1, .null)), owner: owner, end: .ue)
        }
        let dead = try set(40_010)
        let kept = [
            try set(40_000), try set(40_020, host: Self.here.neighbour),
            try set(40_030, owner: 7),
        ]
        var policies = SAPolicies()
        for set in [dead] + kept {
            let states = set.states(SAKeys(integrity: [], encryption: [])).map(XFRMRequest.addState)
            #expect(kernel.value.perform(states + policies.add(set)).allSatisfy { $0 == nil })
        }
        let identity = try #require(try LabSubscribers.identity(1, domain: "x", AKAFunctions()))
        let config = FleetConfig(pcscf: Self.pcscf, local: Self.here, security: FleetSecurity { kernel.value })
        let ue = try FleetUnderTest(world, config, [identity])
        #expect(Set(kernel.value.held.keys) == Set(kept.flatMap(\.stateIDs)))
        #expect(kernel.value.rules.count == 12)
        ue.fleet.assumeIsolated { $0.close() }
    }
}

extension SocketAddress {
    fileprivate var neighbour: SocketAddress { SocketAddress(family: family, high: high, low: low + 1, port: port) }
}
