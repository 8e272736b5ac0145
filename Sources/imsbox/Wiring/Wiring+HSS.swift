import HSS
import RoleKit
import Store

extension RoleWiring {
    static var hss: RoleWiring {
        RoleWiring { reader in
            let config = HSSConfig(reading: &reader)
            // Test subscribers have keys everybody knows, so they are made only where the file says so.
            let labSubscribers = reader.integer("lab-subscribers", default: 0, in: 0...1_000_000)
            return Wired(config: config, listens: config.diameter.endpoints) { site in
                let path = site.state.file(config.database)
                let database: HSSDatabase
                do {
                    database = try HSSDatabase(path: path, forHSS: true)
                    if labSubscribers > 0 {
                        let added = try database.seedLab(count: labSubscribers)
                        if added > 0 {
                            site.tell("\(path) was empty: made \(added) lab subscribers, IMSI 001010000000001 and up")
                        }
                    }
                } catch let error as StoreError { throw Failure(.failed, error.detail) } catch let error
                    as ProvisioningError
                {
                    throw Failure(.failed, error.description)
                }
                return HSS(config: config, ports: site.ports, loop: site.loop, store: database)
            }
        }
    }
}
