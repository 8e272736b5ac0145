import Foundation
import IPsec
import LabHarness
import RoleKit
import Testing

extension ESPCore {
    /// What the P-CSCF's process has to be allowed: CAP_NET_ADMIN, and no more.
    @Suite("Privilege")
    struct ESPPrivilege {
        private static let nobody = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]

        /// A lab whose P-CSCF runs as `nobody`, with or without the capability.
        private static func settings(withCapability: Bool, _ policy: String) throws -> LabSettings {
            let setpriv = try Product.tool("setpriv")
            return LabSettings {
                let given = withCapability ? ["--inh-caps", "+net_admin", "--ambient-caps", "+net_admin"] : []
                $0.launchers = [.pcscf: [setpriv] + nobody + given]
                $0.security = policy
                $0.isOpen = true
            }
        }

        @Test("Not root, with CAP_NET_ADMIN alone: phones register, call and leave")
        func capability() throws {
            let settings = try Self.settings(withCapability: true, "required")
            try GmLab.run(.mixed(alone: .pcscf), ues: 2, settings) { gm in
                let status = try KernelFile.text("/proc/\(gm.lab.process(of: .pcscf).pid)/status")
                let lines = status.split(separator: "\n").map { $0.split(separator: "\t").joined(separator: " ") }
                #expect(lines.contains { $0.hasPrefix("Uid: 65534 65534") })
                // CAP_NET_ADMIN is bit 12.
                #expect(lines.contains("CapEff: 0000000000001000"), "\(lines.filter { $0.hasPrefix("Cap") })")
                let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
                let row = try GmRow(gm, first: 1, GmPhone.Kind(transport: .udp, isIPv6: true, suite: suite))
                for step in [GmRow.Step.register, .again, .call, .message, .deregister, .clear, .gone] {
                    #expect(row.run(step) == nil, "\(step.rawValue)")
                }
                try row.stop()
            }
        }

        @Test("Without it and `security: required`: no start, and the sentence says what to do")
        func required() throws {
            let settings = try Self.settings(withCapability: false, "required")
            let network = try LabNetwork(ues: 0)
            var lacking = settings
            lacking.gm = [network.core.ipv4]
            try Lab.with(lacking) { lab in
                let child = try network.core.run { try lab.launch(.pcscf) }
                #expect(try child.waitForExit(within: 60) == .code(1))
                #expect(child.text.contains("`security: required`") && child.text.contains("CAP_NET_ADMIN"))
                #expect(!child.text.contains("ready"))
                try lab.forget(.pcscf)
            }
        }

        @Test("Without it and `security: preferred`: one warning with the cure, and phones register in the clear")
        func preferred() throws {
            let settings = try Self.settings(withCapability: false, "preferred")
            try GmLab.run(.mixed(alone: .pcscf), ues: 1, settings) { gm in
                let said = try gm.lab.process(of: .pcscf).text.split(separator: "\n")
                let warnings = said.filter { $0.contains("no IPsec toward phones") }
                #expect(warnings.count == 1 && warnings[0].contains("CAP_NET_ADMIN"), "\(said)")
                let registered = try gm.network.ues[0].run {
                    try gm.lab.imsbox(["ue", "register", "--ue", "1", "--deregister", "--pcscf", "\(gm.lab.pcscf)"])
                }
                #expect(registered.contains("de-registered"))
                let refused = try gm.network.ues[0].run {
                    try gm.lab.imsbox(
                        ["ue", "register", "--ue", "1", "--ipsec", "required", "--pcscf", "\(gm.lab.pcscf)"],
                        expecting: .code(1))
                }
                #expect(refused.contains("no IPsec (no Security-Server)") && refused.contains("--ipsec"), "\(refused)")
                #expect(try gm.sets().isEmpty)
            }
        }
    }
}
