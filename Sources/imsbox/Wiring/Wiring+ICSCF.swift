import ICSCF
import RoleKit

extension RoleWiring {
    static var icscf: RoleWiring {
        RoleWiring { reader in
            let config = ICSCFConfig(reading: &reader)
            return Wired(config: config, listens: config.common.endpoints + config.diameter.endpoints) {
                ICSCF(config: config, ports: $0.ports, loop: $0.loop)
            }
        }
    }
}
