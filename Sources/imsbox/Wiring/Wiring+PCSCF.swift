import PCSCF
import RoleKit

extension RoleWiring {
    static var pcscf: RoleWiring {
        RoleWiring { reader in
            let config = PCSCFConfig(reading: &reader)
            let listens = (config.listeners + [config.core]).flatMap { listener in
                listener.kinds.map { InstancePlan.Endpoint(address: listener.address, kind: $0) }
            }
            return Wired(config: config, listens: listens) { PCSCF(config: config, ports: $0.ports, loop: $0.loop) }
        }
    }
}
