import Foundation
import LabHarness
import Testing

extension ESPCore {
    /// `imsbox ue` with IPsec, as the documentation of its options has it.
    @Suite("Commands of the lab UE")
    struct ESPCommands {
        @Test(
            "register --again, call with a text: over ESP, by UDP and TCP; nothing stays in the namespace's kernel",
            arguments: ["udp", "tcp"])
        func commands(transport: String) throws {
            try GmLab.run(.box, ues: 2) { gm in
                let node = gm.network.ues[0]
                let watch = try gm.network.watch(node)
                let options = ["--pcscf", "\(gm.lab.pcscf)", "--transport", transport, "--ipsec", "required"]
                let registered = try node.run {
                    try gm.lab.imsbox(["ue", "register", "--again", "2", "--deregister"] + options)
                }
                #expect(registered.contains("IPsec          hmac-sha-1-96/aes-cbc"), "\(registered)")
                #expect(registered.contains("P-CSCF: client SPI") && registered.contains("de-registered"))
                let called = try node.run {
                    try gm.lab.imsbox(
                        ["ue", "call", "--to", "2", "--hold", "0", "--text", "hello", "--again", "1"] + options)
                }
                #expect(called.contains("call over: hung up") && called.contains("text sent: 200"), "\(called)")
                // Three UEs were challenged in the clear; each said all else inside its associations.
                let traffic = try watch.traffic()
                let sip = traffic.clear.filter(\.isSIP).map { $0.start.prefix { $0 != " " } }
                #expect(sip == ["REGISTER", "SIP/2.0", "REGISTER", "SIP/2.0", "REGISTER", "SIP/2.0"], "\(sip)")
                let odd = traffic.clear.filter {
                    $0.isSignalling(between: node.ipv4, and: gm.network.core.ipv4) && $0.sourcePort != 0
                        && $0.sourcePort != 5060 && $0.destinationPort != 5060
                }
                #expect(odd.isEmpty, "\(odd)")
                let left = try node.run { try Namespace.output("ip xfrm state; ip xfrm policy") }
                #expect(left.isEmpty, "\(left)")
                let shown = try gm.lab.imsbox("sas", "--state-dir", gm.lab.state.path)
                #expect(shown.contains("closing") && !shown.contains("established"), "\(shown)")
                #expect(try gm.sets().allSatisfy { $0.rejected == 0 } && gm.kernelFault() == nil)
            }
        }
    }
}
