public import AKA
public import Diameter
public import HSS
public import ICSCF
import IMSCore
public import IPsec
public import PCSCF
public import RoleKit
public import SCSCF
import SIP
public import TestSupport
public import Testing

/// The four roles joined in memory, with their subscribers: a core under test.
public final class CoreWorld {
    public static let home = "ims.mnc001.mcc001.3gppnetwork.org"
    public static let pcscfAddress = SocketAddress(10, 0, 1, 1, port: 5060)
    public static let icscfAddress = SocketAddress(10, 0, 1, 2, port: 4060)
    public static let hssAddress = SocketAddress(10, 0, 1, 4, port: 3868)
    public static func scscfAddress(_ index: Int) -> SocketAddress {
        SocketAddress(10, 0, 2, UInt8(index + 1), port: 6060)
    }
    public static func scscfURI(_ index: Int) -> String { "sip:scscf\(index).\(home):6060" }

    /// What a test may want otherwise.
    public struct Options {
        public var seed: UInt64 = 1
        public var scscfs = 1
        /// Capabilities of each S-CSCF in the I-CSCF's list.
        public var capabilities: [[Int]] = []
        public var scscf: [(String, SettingsNode)] = []
        public var pcscf: [(String, SettingsNode)] = []
        /// The P-CSCF's entry points.
        public var entryPoints = ["icscf.\(CoreWorld.home)"]
        /// S-CSCFs in front of the I-CSCF's list that nobody runs.
        public var ghosts: [String] = []
        public var mandatoryCapabilities: [UInt32] = []
        public var optionalCapabilities: [UInt32] = []
        public var charging = ChargingInformation()
        /// Whether the HSS says that users have services while not registered.
        public var hasUnregisteredServices = false
        /// Application servers of every subscriber.
        public var services: [OperatorService] = []
        /// Whether the HSS runs from the start.
        public var startsHSS = true
        public var diameterTimeoutMilliseconds = 4_000
        /// Elements of the network beside the core's own, named in every `hosts:`.
        public var neighbours: [SocketAddress] = []
        /// False: only the I-CSCF's `hosts:` names the P-CSCF, so the S-CSCF knows it by Path alone.
        public var namesPCSCF = true
        /// False: no `hosts:` names the P-CSCF, so it is a stranger to the core.
        public var knowsPCSCF = true
        /// Realm of an MME that may connect to the HSS (`LabMME`); nil: none may.
        public var mmeRealm: String?
        /// What MMEs are told of subscribers that have no access points of their own.
        public var accessPoints: [AccessPoint] = [.internet, .ims]
        /// Networks users may register from besides the home network.
        public var visitedNetworks: [String] = []
        /// All of the core is on one host, which has the addresses of all; then no `hosts:` names the P-CSCF.
        public var sharesHost = false
        /// False: every message of the core is a datagram, whatever its size.
        public var hasTCP = true
        /// What the P-CSCF's host has of IPsec; nil: nothing.
        public var kernel: (any SecurityKernel)?
        /// What the P-CSCF finds again when it is revived; nil: nothing.
        public var state: ModelState?
        /// What of the P-CSCF's configuration no file can say.
        public var reconfigure: ((inout PCSCFConfig) -> Void)?
        /// Who grants calls their quality of service; nil: nobody.
        public var policy: (any QoSPolicy)?

        public init() {}
    }

    public let world: VirtualWorld
    public let store = MemorySubscriberStore()
    public internal(set) var pcscf: PCSCF
    public internal(set) var icscf: ICSCF
    public internal(set) var scscfs: [SCSCF]
    public internal(set) var hss: HSS
    public let pcscfNode: VirtualNode
    public let icscfNode: VirtualNode
    public let scscfNodes: [VirtualNode]
    public let hssNode: VirtualNode
    public let functions: AKAFunctions
    public let digests: Digests
    /// What stands in the place of others, kept alive.
    public var impostors: [Puppet] = []
    /// What a role that is revived is made of.
    public var options: Options
    /// Timers of the idle core: Diameter watchdogs and the HSS's look at its store.
    private var idleTimers = 0

    public init(_ options: Options = Options()) throws {
        let world = VirtualWorld(seed: options.seed)
        self.world = world
        functions = try AKAFunctions()
        digests = try Digests()
        pcscfNode = Self.node(world, "pcscf", Self.pcscfAddress)
        icscfNode = Self.node(world, "icscf", Self.icscfAddress)
        hssNode = Self.node(world, "hss", Self.hssAddress)
        scscfNodes = (0..<options.scscfs).map { Self.node(world, "scscf\($0)", Self.scscfAddress($0)) }

        self.options = options
        if options.sharesHost {
            let nodes = [pcscfNode, icscfNode, hssNode] + scscfNodes
            for node in nodes { node.network.hostAddresses = Set(nodes.map(\.network.home)) }
        }
        if let kernel = options.kernel as? ModelKernel {
            world.ipsec.kernels[Self.pcscfAddress.hostAddress] = kernel
        }
        pcscf = try Self.makePCSCF(options, pcscfNode)
        icscf = try Self.makeICSCF(options, icscfNode)
        scscfs = try scscfNodes.enumerated().map { try Self.makeSCSCF($0, options, $1) }
        hss = HSS(config: Self.hssConfig(options), ports: hssNode.ports, loop: world.loop, store: store)
        try start(options)
    }

    private static func node(_ world: VirtualWorld, _ name: String, _ address: SocketAddress) -> VirtualNode {
        let node = world.node(name)
        node.network.home = address.with(port: 0)
        return node
    }

    private func start(_ options: Options) throws {
        if options.startsHSS { try hssNode.start(hss) }
        for (node, scscf) in zip(scscfNodes, scscfs) { try node.start(scscf) }
        try icscfNode.start(icscf)
        try pcscfNode.start(pcscf)
        guard options.startsHSS else { return }
        let isReady = world.advance(until: { self.areReady }, withinMilliseconds: 5_000)
        try #require(isReady, "the core does not become ready")
        idleTimers = world.runningTimers
    }

    public var areReady: Bool {
        icscf.assumeIsolated { $0.isReady } && scscfs.allSatisfy { $0.assumeIsolated { $0.isReady } }
    }

    // MARK: Subscribers

    /// A SIM: keys as the lab's, IMSI 00101 and `number`.
    public func subscribe(_ number: Int, msisdn: Bool = true, lastSEQ: UInt64 = 0) throws -> TestSubscriber {
        let keys = try Self.keys(number, functions)
        let digits = String(number)
        let imsi = "00101" + String(repeating: "0", count: 10 - digits.count) + digits
        let number = "1555" + String(repeating: "0", count: 7 - digits.count) + digits
        store.add(
            Subscriber(imsi: Digits(imsi), msisdn: msisdn ? Digits(number) : nil, authentication: .aka(keys)),
            lastSEQ: lastSEQ)
        world.advance(milliseconds: 1_100)  // the HSS asks its store every second
        return TestSubscriber(
            impi: "\(imsi)@\(Self.home)", impu: "sip:\(imsi)@\(Self.home)", msisdn: number, usim: USIM(keys))
    }

    /// A subscriber of SIP Digest.
    public func subscribe(digest user: String, password: String) throws -> TestSubscriber {
        let impi = "\(user)@\(Self.home)"
        let ha1 = try #require(Block128(digests.md5(Array("\(impi):\(Self.home):\(password)".utf8))))
        store.add(
            Subscriber(
                imsi: nil, msisdn: nil, authentication: .sipDigest(SIPDigestSecret(realm: Self.home, ha1: ha1)),
                further: Subscriber.Further(
                    privateIdentity: impi, publicIdentities: [PublicUserIdentity("sip:\(impi)")])))
        world.advance(milliseconds: 1_100)
        return TestSubscriber(impi: impi, impu: "sip:\(impi)", msisdn: "", usim: nil, password: password)
    }

    private static func keys(_ number: Int, _ functions: AKAFunctions) throws -> AKAKeys {
        let digits = String(number)
        let k = try #require(Block128(Array(("aka" + String(repeating: "0", count: 13 - digits.count) + digits).utf8)))
        let op = try #require(Block128(Array("imscoreTestOP001".utf8)))
        return AKAKeys(algorithm: .milenage, k: k, opc: try functions.opc(k: k, op: op), amf: 0x3939)
    }

    /// A UE with this SIM at its own address.
    public func ue(_ subscriber: TestSubscriber, host: UInt8 = 1, port: UInt16 = 5090) throws -> TestUE {
        try TestUE(subscriber, at: SocketAddress(10, 45, 0, host, port: port), in: self)
    }

    // MARK: What is to be seen

    public func registrations(_ index: Int = 0) -> [Report] {
        guard case .list(let rows) = scscfs[index].assumeIsolated({ $0.snapshot(.registrations) }) else { return [] }
        return rows
    }

    public func registrationsAtPCSCF() -> [Report] {
        guard case .list(let rows) = pcscf.assumeIsolated({ $0.snapshot(.registrations) }) else { return [] }
        return rows
    }

    /// Bytes the P-CSCF sent toward the core, as text, newest last.
    public func sent(by node: VirtualNode, containing text: String) -> [String] {
        node.tap.passages.filter { $0.layer == .sip && $0.direction == .sent }.map(\.text).filter { $0.contains(text) }
    }

    /// Server-Assignment-Types the HSS has received, in order.
    public var assignments: [Int32] {
        hssNode.tap.passages.filter { $0.layer == .diameter && $0.direction == .received }.compactMap { passage in
            guard let (message, _) = try? DiameterMessage.decode(passage.bytes), message.isRequest,
                message.command == CxCommands.serverAssignment
            else { return nil }
            return message[Cx.serverAssignmentType]?.rawValue
        }
    }

    public func requests(_ command: UInt32) -> [DiameterMessage] {
        hssNode.tap.passages.filter { $0.layer == .diameter && $0.direction == .received }.compactMap { passage in
            guard let (message, _) = try? DiameterMessage.decode(passage.bytes), message.isRequest,
                message.command == command
            else { return nil }
            return message
        }
    }

    /// Nothing is under way and nothing is left behind: transactions, timers, registrations, challenges.
    ///
    /// - Parameter withDiameter: false where the test has broken the peers, so that their timers are others.
    public func expectNothingLeft(withDiameter: Bool = true, _ location: SourceLocation = #_sourceLocation) {
        // Past every transaction's linger (64·T1 toward UEs = 128 s) and past reg-await-auth (240 s).
        world.advance(milliseconds: 600_000)
        #expect(pcscfNode.timers.running == 0, "P-CSCF timers", sourceLocation: location)
        if withDiameter { #expect(world.runningTimers == idleTimers, "timers", sourceLocation: location) }
        for (index, scscf) in scscfs.enumerated() {
            guard case .object(let status) = scscf.assumeIsolated({ $0.snapshot(.status) }) else { continue }
            for key in ["registrations", "contacts", "challenges", "subscriptions", "transactions"] {
                #expect(
                    status.first { $0.key == key }?.value == .number(0), "S-CSCF \(index) \(key)",
                    sourceLocation: location)
            }
        }
        guard case .object(let status) = pcscf.assumeIsolated({ $0.snapshot(.status) }) else { return }
        for key in ["registrations", "subscriptions", "transactions"] {
            #expect(status.first { $0.key == key }?.value == .number(0), "P-CSCF \(key)", sourceLocation: location)
        }
    }
}
