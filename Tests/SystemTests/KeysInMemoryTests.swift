import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// What a core dump of a loaded P-CSCF would give away.
    @Suite("Keys in memory", .enabled(if: getuid() == 0, "another process's memory is root's to read"))
    struct KeysInMemory {
        @Test(
            "TS 33.203 Annex I: CK and IK of a challenge are nowhere in the P-CSCF's memory once it has passed them by",
            arguments: [false, true])
        func challenge(coreOverTCP: Bool) throws {
            try Lab.run(.processes, LabSettings { $0.coreOverTCP = coreOverTCP }) { lab in
                try lab.provision(1...20)
                let phones = try (1...20).map { number in
                    let phone = try lab.phone(number)
                    // A new subscriber is known within a second.
                    _ = try phone.registerEventually(within: 30)
                    return phone
                }
                let image = try MemoryImage(of: try lab.process(of: .pcscf).pid)
                for phone in phones {
                    // The image is of the process that has registered them.
                    #expect(image.count(Array(phone.subscriber.imsi.utf8)) > 0)
                    let keys = try #require(phone.lastKeys)
                    for secret in keys.secrets where secret.name != "RES" {
                        for form in [secret.octets, Array(secret.text.utf8), Array(secret.text.uppercased().utf8)] {
                            #expect(image.count(form) == 0, "\(secret.name) of \(phone.subscriber.imsi)")
                        }
                    }
                }
            }
        }

        @Test("The scan finds what is there: the HSS has the same keys in its memory")
        func scanFinds() throws {
            try Lab.run(.processes) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                let image = try MemoryImage(of: try lab.process(of: .hss).pid)
                let keys = try #require(phone.lastKeys)
                let k = try #require(keys.secrets.first { $0.name == "K" })
                #expect(image.count(k.octets) + image.count(Array(k.octets.reversed())) > 0)
            }
        }
    }
}
