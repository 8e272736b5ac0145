import AKA
import Diameter
import RoleKit
import TestSupport

@testable import HSS

/// An HSS with a CSCF and two MMEs in a world of their own. The MMEs' realm is not the HSS's own.
final class S6aBench {
    static let realm = "epc.mnc001.mcc001.3gppnetwork.org"
    let cx: CxBench
    private var clients: [CxClient] = []
    private var nodes: [VirtualNode] = []

    init(store: any SubscriberStore, _ adjust: (inout HSSConfig) -> Void = { _ in }) throws {
        let hosts = (1...2).map { "mme\($0).\(Self.realm)" }
        cx = try CxBench(store: store) { config in
            config.diameter.applications = [.cx, .s6a]
            config.diameter.servedRealms = [Self.realm]
            config.diameter.peers += hosts.map { DiameterPeerSettings(host: $0, realm: Self.realm) }
            adjust(&config)
        }
        for host in hosts {
            let (node, client) = try start(host)
            nodes.append(node)
            clients.append(client)
        }
    }

    private func start(_ host: String) throws -> (VirtualNode, CxClient) {
        var settings = DiameterSettings(originHost: host, originRealm: Self.realm)
        settings.applications = [.s6a]
        settings.peers = [
            DiameterPeerSettings(host: "hss.\(Lab.home)", realm: Lab.home, address: CxBench.address)
        ]
        let node = cx.world.node(host)
        let client = CxClient(settings, node.ports, loop: cx.world.loop)
        try node.start(client)
        return (node, client)
    }

    /// An MME's process dies.
    func crash(_ mme: Int = 1) {
        nodes[mme - 1].crash()
        cx.world.settle()
    }

    /// It runs again and remembers nothing.
    func restart(_ mme: Int = 1) throws { (nodes[mme - 1], clients[mme - 1]) = try start("mme\(mme).\(Self.realm)") }

    /// What an MME says to what it is asked; nil is silence.
    func reply(_ result: DiameterResult?, mme: Int = 1) { clients[mme - 1].assumeIsolated { $0.say(result) } }

    /// Time in which the HSS looks what provisioning did.
    func lookAtProvisioning() { cx.world.advance(milliseconds: 1_100) }

    /// What comes of an operator's order, within so long.
    func order(_ order: OperatorOrder, milliseconds: Int = 0) -> Result<Report, OrderRefusal>? {
        let answer = Answered()
        cx.hss.start { answer.outcome = await $0.obey(order) }
        cx.world.advance(milliseconds: milliseconds)
        cx.world.settle()
        return answer.outcome
    }

    /// Written and read by the world's one thread.
    private final class Answered: @unchecked Sendable {
        var outcome: Result<Report, OrderRefusal>?
    }

    /// What an MME was asked by the HSS.
    func received(_ mme: Int = 1) -> [DiameterMessage] { clients[mme - 1].assumeIsolated { $0.received } }

    /// Requests of this MME go to the HSS by its host or, as Open5GS does, to the MME's own realm.
    func exchange(
        _ command: UInt32, mme: Int = 1, imsi: String = Lab.imsi, _ fill: @Sendable (inout DiameterMessage) -> Void
    ) -> DiameterMessage? {
        let client = clients[mme - 1]
        let number = client.assumeIsolated {
            $0.send(command, application: Application.s6a) {
                $0[Base.destinationHost] = "hss.\(Lab.home)"
                $0.add(Base.userName, imsi)
                fill(&$0)
            }
        }
        cx.world.settle()
        func answer() -> DiameterMessage? {
            guard case .success(let message) = client.assumeIsolated({ $0.answers[number] }) else { return nil }
            return message
        }
        cx.world.advance(until: { answer() != nil }, withinMilliseconds: 2 * CommitPace.intervalMilliseconds)
        cx.world.settle(until: { answer() != nil })
        return answer()
    }

    func air(
        _ imsi: String = Lab.imsi, vectors: UInt32? = 1, resynchronisation: [UInt8]? = nil,
        network: [UInt8] = [0x00, 0xF1, 0x10]
    ) -> DiameterMessage? {
        exchange(S6aCommands.authenticationInformation, imsi: imsi) {
            $0.add(
                S6a.requestedEUTRANAuthenticationInfo,
                AVPGroup {
                    $0[S6a.numberOfRequestedVectors] = vectors
                    $0.add(S6a.immediateResponsePreferred, 1)
                    $0[S6a.reSynchronizationInfo] = resynchronisation
                })
            $0.add(S6a.visitedPLMNID, network)
        }
    }

    func ulr(
        _ imsi: String = Lab.imsi, mme: Int = 1, flags: UInt32 = 0x22, type: S6a.RATType = .eutran,
        features: [UInt32] = []
    ) -> DiameterMessage? {
        exchange(S6aCommands.updateLocation, mme: mme, imsi: imsi) {
            for list in features {
                $0.add(
                    Cx.supportedFeatures,
                    AVPGroup {
                        $0.add(Base.vendorID, Vendor.threeGPP.rawValue)
                        $0.add(Cx.featureListID, list)
                        $0.add(Cx.featureList, 0x0800_0000)
                    })
            }
            $0.add(S6a.ratType, type)
            $0.add(S6a.ulrFlags, flags)
            $0.add(S6a.visitedPLMNID, [0x00, 0xF1, 0x10])
        }
    }

    func pur(_ imsi: String = Lab.imsi, mme: Int = 1) -> DiameterMessage? {
        exchange(S6aCommands.purgeUE, mme: mme, imsi: imsi) { $0.add(S6a.purFlags, 1) }
    }

    func nor(_ imsi: String = Lab.imsi, mme: Int = 1) -> DiameterMessage? {
        exchange(S6aCommands.notify, mme: mme, imsi: imsi) { $0.add(S6a.alertReason, .uePresent) }
    }
}

/// One E-UTRAN-Vector of an AIA.
struct ReceivedVector {
    var rand: Block128
    var autn: Block128
    var xres: [UInt8]
    var kasme: [UInt8]
    var number: UInt32?
}

extension DiameterMessage {
    var epsVectors: [ReceivedVector] {
        self[S6a.authenticationInfo]?.all(S6a.eutranVector).compactMap { vector in
            guard let rand = Block128(vector[S6a.rand] ?? []), let autn = Block128(vector[S6a.autn] ?? []),
                let xres = vector[S6a.xres], let kasme = vector[S6a.kasme]
            else { return nil }
            return ReceivedVector(rand: rand, autn: autn, xres: xres, kasme: kasme, number: vector[S6a.itemNumber])
        } ?? []
    }
}
