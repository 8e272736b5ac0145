import Foundation
import IPsec
import Kernel
import LabHarness
import LabUE
import RoleKit
import Testing

extension ESPCore {
    /// Issue 4, 5: "Never a byte in the clear to a UE that has an SA", whatever an administrator does.
    @Suite("Flushed kernels, dead processes, memory")
    struct ESPTampering {
        @Test("`ip xfrm policy flush` under a running P-CSCF: put back, and phones go on over the sets they have")
        func policiesFlushed() throws {
            try onePhone { gm, phone in
                try gm.network.core.run { try Namespace.set(["xfrm policy flush"]) }
                try Deadline(seconds: 30).wait("the policies") { try gm.kernelFault() == nil }
                try phone.register()
                #expect(try phone.leak() == nil && gm.sets().count == 1)
                try phone.stop()
            }
        }

        @Test("`ip xfrm state flush` under a running P-CSCF: the set ends, and its phone registers anew")
        func statesFlushed() throws {
            try onePhone { gm, phone in
                try gm.network.core.run { try Namespace.set(["xfrm state flush"]) }
                try Deadline(seconds: 30).wait("the end of the set") { try gm.sets().isEmpty }
                #expect(try gm.kernelFault() == nil)
                try phone.stop()
                let next = try gm.phone(1, phone.kind)
                try next.register()
                #expect(try gm.sets().count == 1 && gm.kernelFault() == nil)
                try next.stop()
            }
        }

        private func onePhone(_ body: (GmLab, GmPhone) throws -> Void) throws {
            try GmLab.run(.box, ues: 1) { gm in
                let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
                let phone = try gm.phone(1, GmPhone.Kind(transport: .udp, isIPv6: false, suite: suite))
                try phone.register()
                try #require(try gm.kernelFault() == nil)
                try body(gm, phone)
            }
        }

        @Test("RFC 4301 §6: while no P-CSCF runs, what comes over an SA is not quoted in the clear by port unreachable")
        func unreachable() throws {
            try GmLab.run(.processes, ues: 1, LabSettings { $0.algorithms = ["hmac-sha-1-96/null"] }) { gm in
                let ue = try RawUE(1, at: gm.network.ues[0], of: gm.network)
                try ue.register()
                let watch = try gm.network.watch(gm.network.ues[0])
                try gm.lab.crash(.pcscf)
                try ue.say("a secret of the phone's")
                // In the clear to where nobody listens: by its answer the other would have been here.
                let node = gm.network.ues[0]
                let socket = try node.run { try Socket(.datagram, on: node.ipv4) }
                try socket.send(Array("clear".utf8), to: Endpoint(gm.network.core.ipv4, 5060))
                func errors() throws -> Int { try watch.traffic().clear.count { $0.transport == "ICMP" } }
                try Deadline(seconds: 30).wait("port unreachable") { try errors() > 0 }
                #expect(try errors() == 1 && watch.traffic().esp > 0)
                try gm.start([[.pcscf]])
                try ue.deregister()
            }
        }

        @Test("TS 33.203 Annex I: CK, IK and the SAs' keys are not in the P-CSCF's memory, after `imsbox sas` neither")
        func memory() throws {
            try GmLab.run(.processes, ues: 1, LabSettings { $0.algorithms = ["hmac-sha-1-96/null"] }) { gm in
                let ue = try RawUE(1, at: gm.network.ues[0], of: gm.network)
                try ue.register()
                for _ in 0..<3 { #expect(try gm.sets().count == 1) }
                let image = try MemoryImage(of: try gm.lab.process(of: .pcscf).pid)
                #expect(image.count(Array(ue.subscriber.imsi.utf8)) > 0)
                for secret in try #require(ue.keys).secrets where secret.name == "CK" || secret.name == "IK" {
                    // IK is the key of HMAC-SHA-1-96 but for four zeros.
                    #expect(image.count(secret.octets) == 0, "\(secret.name)")
                }
                try ue.deregister()
            }
        }
    }
}
