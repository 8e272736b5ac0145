import AKA
import IPsec
import Kernel
import PCSCF
import RoleKit

extension RoleWiring {
    static var pcscf: RoleWiring {
        RoleWiring { reader in
            let config = PCSCFConfig(reading: &reader)
            let listens = (config.listeners + [config.core]).flatMap { listener in
                listener.kinds.map { InstancePlan.Endpoint(address: listener.address, kind: $0) }
            }
            return Wired(config: config, listens: listens) { site in
                var config = config
                let security = try gmSecurity(&config, site)
                return PCSCF(
                    config: config, ports: site.ports, loop: site.loop, security: security,
                    state: try site.stateJournal(of: config.common.name))
            }
        }
    }

    /// What the P-CSCF needs for IPsec, with the algorithms this machine's kernel has; nil where no listener wants any, or
    /// all can do without.
    private static func gmSecurity(_ config: inout PCSCFConfig, _ site: Site) throws -> GmSecurityPorts? {
        let wanting = config.listeners.filter(\.wantsIPsec)
        guard !wanting.isEmpty else { return nil }
        let families = Set(wanting.map { $0.address.family == .v6 })
        let probes = XFRMSocket.probe(config.ipsec.suites, owner: GmSecurity.owner).filter {
            families.contains($0.isV6)
        }
        let failing = probes.filter { $0.failure != nil }
        config.ipsec.suites.removeAll { suite in failing.contains { $0.suite == suite } }
        guard !config.ipsec.suites.isEmpty else {
            let reason = failing.first?.failure?.description ?? "the kernel has no algorithm of `ipsec: algorithms`"
            if wanting.contains(where: { $0.security == .required }) {
                throw Failure(.failed, "no IPsec toward phones, which `security: required` asks for: \(reason)")
            }
            site.ports.log.warning(
                "no IPsec toward phones: those that insist on it will not register", [(.reason, reason)])
            return nil
        }
        for failure in failing {
            site.ports.log.notice(
                "the kernel lacks an algorithm of `ipsec: algorithms`",
                [(.reason, "\(failure.suite): \(failure.failure?.text ?? "")")])
        }
        let digests = try Digests()
        do {
            return GmSecurityPorts(kernel: try XFRMSocket(), keys: KeyExpansion(sha256: digests.sha256))
        } catch {
            throw Failure(.failed, "no IPsec toward phones: \(error)")
        }
    }
}
