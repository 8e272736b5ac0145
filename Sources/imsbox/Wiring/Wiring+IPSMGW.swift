import IPSMGW
import RoleKit
import Store

extension RoleWiring {
    static var ipsmgw: RoleWiring {
        RoleWiring { reader in
            let config = IPSMGWConfig(reading: &reader)
            return Wired(config: config, listens: config.common.endpoints) { site in
                let store: ShortMessageDatabase
                do throws(MessageStoreError) {
                    store = try ShortMessageDatabase(path: site.state.file(config.database))
                } catch {
                    throw Failure(.failed, error.description)
                }
                return IPSMGW(config: config, ports: site.ports, loop: site.loop, store: store)
            }
        }
    }
}
