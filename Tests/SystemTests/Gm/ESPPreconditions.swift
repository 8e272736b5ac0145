import Foundation
import IPsec
import LabHarness
import RoleKit
import Testing

extension ESPCore {
    /// QoS preconditions inside ESP, in each mode of the P-CSCF's.
    @Suite("Preconditions")
    struct ESPPreconditions {
        @Test(
            "RFC 3312, IR.92 §2.4: calls over UDP and TCP, IPv4 and IPv6; with assist and strip nobody waits for an UPDATE",
            arguments: [("pass", [183, 180]), ("assist", [180]), ("strip", [180])])
        func calls(_ row: (mode: String, progress: [Int])) throws {
            let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
            let kinds = [LinkKind.udp, .tcp].flatMap { transport in
                [false, true].map { GmPhone.Kind(transport: transport, isIPv6: $0, suite: suite) }
            }
            let settings = LabSettings { $0.preconditions = row.mode }
            try GmLab.run(.box, ues: 2 * kinds.count, settings) { gm in
                for (index, kind) in kinds.enumerated() {
                    let phones = try (1...2).map { try gm.phone(2 * index + $0, kind, hasPreconditions: true) }
                    for phone in phones { try phone.register() }
                    try phones[0].call(phones[1])
                    try phones[1].call(phones[0])
                    for phone in phones {
                        #expect(phone.progress == row.progress, "\(kind)")
                        try phone.deregister()
                        #expect(try phone.leak() == nil, "\(kind)")
                        try phone.stop()
                    }
                }
                #expect(try gm.sets().allSatisfy { $0.rejected == 0 } && gm.kernelFault() == nil)
            }
        }
    }
}
