import Foundation
import LabHarness
import Testing

extension ESPCore {
    /// What a core dump of a P-CSCF with security associations would give away.
    @Suite("Keys in memory")
    struct ESPSecrets {
        @Test("TS 33.203 Annex I: once the kernel has the keys of a set, CK and IK are nowhere in the P-CSCF's memory")
        func memory() throws {
            try GmLab.run(.processes, ues: 4) { gm in
                let ues = try (1...4).map { try RawUE($0, at: gm.network.ues[$0 - 1], of: gm.network) }
                for ue in ues { try ue.register() }
                #expect(try gm.sets().count == ues.count)
                let image = try MemoryImage(of: try gm.lab.process(of: .pcscf).pid)
                for ue in ues {
                    #expect(image.count(Array(ue.subscriber.imsi.utf8)) > 0)
                    for secret in ue.secrets where secret.name != "RES" {
                        for form in [secret.octets, Array(secret.text.utf8)] {
                            #expect(image.count(form) == 0, "\(secret.name) of \(ue.subscriber.imsi)")
                        }
                    }
                }
                for ue in ues { try ue.deregister() }
            }
        }
    }
}
