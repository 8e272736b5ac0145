import IPsec
import Kernel
import LabHarness
import Testing

extension HostAddress {
    init(_ address: Loopback) {
        self.init(
            isV6: address.isIPv6, high: address.high, low: address.isIPv6 ? address.low : UInt64(address.number))
    }
}

/// A P-CSCF and a UE on the lab's network, the set between them, and each one's kernel.
struct ProtectedPair {
    let network: LabNetwork
    let core: LabNetwork.Node
    let ue: LabNetwork.Node
    let set: SASet
    let coreKernel: XFRMSocket
    let ueKernel: XFRMSocket
    let isIPv6: Bool
    private static let keys = SAKeys(integrity: [UInt8](1...20), encryption: [UInt8](1...16))

    init(isIPv6: Bool) throws {
        self.isIPv6 = isIPv6
        network = try LabNetwork(ues: 1)
        core = network.core
        ue = network.ues[0]
        coreKernel = try core.run { try XFRMSocket() }
        ueKernel = try ue.run { try XFRMSocket() }
        set = SASet(
            ue: .init(
                host: HostAddress(ue.address(isIPv6: isIPv6)),
                endpoints: .init(clientSPI: 1_000, serverSPI: 1_001, clientPort: 31_800, serverPort: 31_900)),
            pcscf: .init(
                host: HostAddress(core.address(isIPv6: isIPv6)),
                endpoints: .init(clientSPI: 70_000, serverSPI: 70_001, clientPort: 5_065, serverPort: 5_066)),
            suite: try #require(IPsecSuite("hmac-sha-1-96/aes-cbc")), owner: 7)
    }

    /// The same set as the UE sees it.
    private var mirrored: SASet { SASet(ue: set.pcscf, pcscf: set.ue, suite: set.suite, owner: 8) }

    func coreStates(maximumPackets: UInt64 = XFRMState.sequenceNumbers) -> [XFRMRequest] {
        set.states(Self.keys).map { state in
            var state = state
            state.maximumPackets = maximumPackets
            return .addState(state)
        }
    }

    var corePolicies: [XFRMRequest] {
        var policies = SAPolicies()
        return policies.add(set)
    }

    var ueRequests: [XFRMRequest] {
        var policies = SAPolicies()
        return mirrored.states(Self.keys).map(XFRMRequest.addState) + policies.add(mirrored)
    }

    func coreSocket(_ kind: Socket.Kind, port: UInt16) throws -> Socket {
        try core.run { try Socket(kind, on: core.address(isIPv6: isIPv6), port: port) }
    }

    func ueSocket(_ kind: Socket.Kind, port: UInt16) throws -> Socket {
        try ue.run { try Socket(kind, on: ue.address(isIPv6: isIPv6), port: port) }
    }

    /// Packets this kernel has thrown away, by the counters of /proc/net/xfrm_stat.
    func dropped(_ node: LabNetwork.Node, _ counters: String...) throws -> Int {
        try node.run { try counters.map(Namespace.dropped).reduce(0, +) }
    }
}
