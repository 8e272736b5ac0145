public import AKA
public import IPsec
public import RoleKit
public import SIP
public import TestSupport
import Testing

/// A scripted UE with IPsec, on a host with a kernel of its own: TS 24.229 §5.1.1.2 and TS 33.203 §7 as a test wants them
/// kept or broken.
public final class SecureUE {
    public let ue: TestUE
    public let core: CoreWorld
    public let kernel: ModelKernel
    public let host: SocketAddress
    /// Protected ports and SPIs of the next offer.
    public var offered: IPsecProposal.Endpoints
    public var suites: [String]
    /// Of the last challenge: the header as it came, and the P-CSCF's side of the set.
    public private(set) var securityServer = ""
    public private(set) var set: SASet?
    /// The Security-Client of the last challenge's REGISTER.
    public private(set) var securityClient = ""
    private var outlets: [UInt16: Puppet] = [:]
    private var inlets: [UInt16: Puppet] = [:]

    public init(
        _ subscriber: TestSubscriber, at host: SocketAddress, in core: CoreWorld,
        suites: [String] = ["hmac-sha-1-96/aes-cbc"]
    ) throws {
        self.core = core
        self.host = host
        self.suites = suites
        kernel = core.world.ipsec.kernels[host.hostAddress] ?? ModelKernel()
        core.world.ipsec.kernels[host.hostAddress] = kernel
        ue = try TestUE(subscriber, at: host.with(port: 5060), in: core)
        offered = IPsecProposal.Endpoints(clientSPI: 11_111, serverSPI: 22_222, clientPort: 31_800, serverPort: 31_900)
    }

    /// Another client port and other SPIs, as each protected REGISTER needs (TS 24.229 §5.1.1.4.2).
    public func renewOffer() {
        offered.clientPort += 1
        offered.clientSPI += 10
        offered.serverSPI += 10
    }

    // MARK: Headers

    public var offer: String {
        suites.map { name in
            let parts = name.split(separator: "/")
            return "ipsec-3gpp;alg=\(parts[0]);ealg=\(parts[1]);spi-c=\(offered.clientSPI);spi-s=\(offered.serverSPI)"
                + ";port-c=\(offered.clientPort);port-s=\(offered.serverPort)"
        }.joined(separator: ", ")
    }

    /// What a REGISTER with sec-agree adds.
    public func agreement(client: String? = nil, verify: String? = nil) -> String {
        "Require: sec-agree\r\nProxy-Require: sec-agree\r\nSecurity-Client: \(client ?? offer)\r\n"
            + (verify.map { "Security-Verify: \($0)\r\n" } ?? "")
    }

    // MARK: Ports

    public func outlet(_ port: UInt16) throws -> Puppet {
        if let known = outlets[port] { return known }
        let made = try Puppet(core.world, at: host.with(port: port), listensTCP: false, name: "uc")
        outlets[port] = made
        return made
    }

    public func inlet(_ port: UInt16) throws -> Puppet {
        if let known = inlets[port] { return known }
        let made = try Puppet(core.world, at: host.with(port: port), name: "us")
        inlets[port] = made
        return made
    }

    // MARK: Registering

    /// The first REGISTER, in the clear.
    @discardableResult
    public func begin(extra: String? = nil, authorization: String? = nil) throws -> SIPMessage? {
        goClear()
        return ue.register(authorization: authorization ?? ue.initialAuthorization, extra: extra ?? agreement())
    }

    public func goClear() {
        ue.outlet = ue.puppet
        ue.inlets = [ue.puppet]
        ue.pcscf = CoreWorld.pcscfAddress
        ue.viaHost = "\(ue.address)"
    }

    /// Takes in a challenge: keys of the USIM, set of the headers, states and policies into the UE's kernel. What follows
    /// goes over the set.
    public func takeChallenge(_ challenge: SIPMessage, suite: IPsecSuite? = nil) throws -> USIM.Answer {
        securityServer = challenge.texts(.securityServer).joined(separator: ", ")
        securityClient = offer
        let offeredSuites = suites.compactMap { IPsecSuite($0) }
        let proposals = challenge.texts(.securityServer).compactMap(SecurityMechanism.init(parsing:)).compactMap {
            if case .proposal(let proposal) = IPsecProposal.read($0) { proposal } else { nil }
        }
        let chosen = try #require(proposals.first { offeredSuites.contains($0.suite) })
        let made = SASet(
            ue: .init(host: host.hostAddress, endpoints: offered),
            pcscf: .init(host: CoreWorld.pcscfAddress.hostAddress, endpoints: chosen.endpoints),
            suite: suite ?? chosen.suite, owner: 77)
        let answer = try ue.askUSIM()
        guard case .authenticated(_, let ck, let ik) = answer else { return answer }
        let keys = KeyExpansion(sha256: core.digests.sha256).keys(
            made.suite, ck: SecretOctets(ck.octets), ik: SecretOctets(ik.octets))
        // A state is the same at both ends; what goes out here comes in there.
        let policies = made.flows.map {
            XFRMPolicy(
                selector: $0.selector, direction: $0.direction == .in ? .out : .in,
                action: .protect(requestID: made.requestID))
        }
        let failures = kernel.perform(
            made.states(keys).map(XFRMRequest.addState) + policies.map(XFRMRequest.replacePolicy))
        #expect(failures.allSatisfy { $0 == nil })
        set = made
        try use(made)
        return answer
    }

    /// From now on REGISTERs go over this set.
    public func use(_ set: SASet) throws {
        ue.outlet = try outlet(set.ue.endpoints.clientPort)
        ue.inlets = [try inlet(set.ue.endpoints.serverPort)]
        ue.pcscf = CoreWorld.pcscfAddress.with(port: set.pcscf.endpoints.serverPort)
        ue.viaHost = "\(host.with(port: set.ue.endpoints.serverPort))"
        ue.contact = "<sip:\(ue.user)@\(host.with(port: set.ue.endpoints.serverPort))>"
    }

    /// The whole procedure of TS 24.229 §5.1.1.2; the last answer.
    @discardableResult
    public func register(expires: Int = 600_000) throws -> SIPMessage {
        let first = try #require(try begin())
        try #require(first.status == 401, "\(first.status) \(first.reason)")
        return try answer(first, expires: expires)
    }

    /// Answers a challenge over the set made for it.
    @discardableResult
    public func answer(
        _ challenge: SIPMessage, expires: Int = 600_000, verify: String? = nil, client: String? = nil,
        password: [UInt8]? = nil
    ) throws -> SIPMessage {
        guard case .authenticated(let res, _, _) = try takeChallenge(challenge) else {
            Issue.record("the USIM refuses the challenge")
            return challenge
        }
        let digest = try #require(ue.challenge)
        return try #require(
            ue.register(
                expires: expires, authorization: try ue.respond(digest, password ?? res),
                extra: agreement(client: client ?? securityClient, verify: verify ?? securityServer)))
    }

    /// A REGISTER over the set in use, TS 24.229 §5.1.1.4.2: with a new offer, the old Security-Verify, and the last
    /// challenge's answer or none.
    @discardableResult
    public func registerAgain(expires: Int = 600_000, verify: String? = nil) throws -> SIPMessage? {
        renewOffer()
        return ue.register(
            expires: expires, authorization: ue.initialAuthorization,
            extra: agreement(verify: verify ?? securityServer))
    }
}
