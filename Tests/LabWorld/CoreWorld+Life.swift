import AKA
import HSS
import ICSCF
import IPsec
import PCSCF
import RoleKit
import SCSCF
public import TestSupport

/// Roles that die, and that come back knowing nothing.
extension CoreWorld {
    public enum Member: String, CaseIterable, Sendable { case pcscf, icscf, scscf, hss }

    public func node(_ member: Member) -> VirtualNode {
        switch member {
        case .pcscf: pcscfNode
        case .icscf: icscfNode
        case .scscf: scscfNodes[0]
        case .hss: hssNode
        }
    }

    /// The process is gone: nobody listens there, nobody says so.
    public func kill(_ member: Member) { node(member).crash() }

    /// A new process in the place of the one that died; the HSS finds its store again, the others start empty.
    public func revive(_ member: Member) throws {
        switch member {
        case .pcscf:
            pcscf = try Self.makePCSCF(options, pcscfNode)
            try pcscfNode.start(pcscf)
        case .icscf:
            icscf = try Self.makeICSCF(options, icscfNode)
            try icscfNode.start(icscf)
        case .scscf:
            scscfs[0] = try Self.makeSCSCF(0, options, scscfNodes[0])
            try scscfNodes[0].start(scscfs[0])
        case .hss:
            hss = HSS(config: Self.hssConfig(options), ports: hssNode.ports, loop: world.loop, store: store)
            try hssNode.start(hss)
        }
    }

    static func makePCSCF(_ options: Options, _ node: VirtualNode) throws -> PCSCF {
        let digests = try Digests()
        var config = try pcscfConfig(options, hosts(options, for: .pcscf))
        options.reconfigure?(&config)
        return PCSCF(
            config: config, ports: node.ports, loop: node.world.loop,
            security: options.kernel.map { GmSecurityPorts(kernel: $0, keys: KeyExpansion(sha256: digests.sha256)) },
            state: options.state, policy: options.policy)
    }

    static func makeICSCF(_ options: Options, _ node: VirtualNode) throws -> ICSCF {
        ICSCF(config: try icscfConfig(options, hosts(options, for: .icscf)), ports: node.ports, loop: node.world.loop)
    }

    static func makeSCSCF(_ index: Int, _ options: Options, _ node: VirtualNode) throws -> SCSCF {
        SCSCF(
            config: try scscfConfig(index, options, hosts(options, for: .scscf)), ports: node.ports,
            loop: node.world.loop)
    }

    private static func hosts(_ options: Options, for member: Member) -> SettingsNode {
        let namesPCSCF =
            !options.sharesHost && options.knowsPCSCF
            && (options.namesPCSCF || member == .icscf)
        return .map(
            [("icscf.\(home)", .text("\(icscfAddress)"))]
                + (namesPCSCF ? [("pcscf.\(home)", .text(pcscfAddress.host))] : [])
                + (0..<options.scscfs).map { ("scscf\($0).\(home)", .text("\(scscfAddress($0))")) }
                + options.neighbours.enumerated().map { ("neighbour\($0).\(home)", .text($1.host)) })
    }
}
