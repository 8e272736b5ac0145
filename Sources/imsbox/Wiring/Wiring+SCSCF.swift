import RoleKit
import SCSCF

extension RoleWiring {
    static var scscf: RoleWiring {
        RoleWiring { reader in
            let config = SCSCFConfig(reading: &reader)
            return Wired(config: config, listens: config.common.endpoints + config.diameter.endpoints) {
                SCSCF(config: config, ports: $0.ports, loop: $0.loop)
            }
        }
    }
}
