import IPsec
import Kernel
import LabHarness
import RoleKit
import Testing

extension ESPCore {
    /// `imsbox doctor` where there is a kernel with ESP.
    @Suite("Doctor")
    struct ESPDoctor {
        @Test("IPsec is ok before the start and while the core runs, and nothing is wrong")
        func well() throws {
            try GmLab.run(.box, ues: 1) { gm in
                let found = try gm.network.core.run { try Diagnosis(gm.lab, expecting: .code(0)) }
                let said = found.said("IPsec", "ok")
                #expect(said.contains("IPsec is on") && said.contains("\(gm.network.core.ipv4):5100"), "\(said)")
                #expect(said.contains("\(gm.network.core.ipv6):5100"), "\(said)")
                #expect(found.checks("warning").isEmpty)
                try gm.lab.stop()
                let stopped = try gm.network.core.run { try Diagnosis(gm.lab, expecting: .code(0)) }
                #expect(stopped.said("IPsec", "ok").contains("every algorithm"))
                #expect(stopped.checks("warning") == ["instances"])
                #expect(try gm.kernel().states().isEmpty)
            }
        }

        @Test("A P-CSCF that was started without CAP_NET_ADMIN runs without IPsec: wrong, start it again with it")
        func startedWithout() throws {
            let setpriv = try Product.tool("setpriv")
            let settings = LabSettings {
                $0.launchers = [.pcscf: [setpriv] + SystemTests.Doctor.nobody]
                $0.isOpen = true
            }
            try GmLab.run(.mixed(alone: .pcscf), ues: 1, settings) { gm in
                let found = try gm.network.core.run { try Diagnosis(gm.lab, expecting: .code(1)) }
                let said = found.said("IPsec", "wrong")
                #expect(said.contains("runs without IPsec") && said.contains("CAP_NET_ADMIN"), "\(said)")
                #expect(found.checks("wrong") == ["IPsec"])
            }
        }

        @Test("Of a phone that is registered over ESP: nothing is wrong, and with which algorithms")
        func registered() throws {
            try GmLab.run(.box, ues: 1) { gm in
                let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
                let phone = try gm.phone(1, GmPhone.Kind(transport: .udp, isIPv6: false, suite: suite))
                try phone.register()
                let found = try diagnosis(gm, expecting: .code(0))
                #expect(found.said("registration", "ok").contains("IPsec hmac-sha-1-96/aes-cbc"))
                #expect(found.checks("wrong").isEmpty)
                try phone.stop()
            }
        }

        @Test(
            "A phone whose ESP does not come, and one whose ESP has another key: the kernel's counters tell them apart")
        func challenged() throws {
            let settings = LabSettings { $0.algorithms = ["hmac-sha-1-96/null"] }
            for isSpoilt in [false, true] {
                try GmLab.run(.box, ues: 1, settings) { gm in
                    let ue = try RawUE(1, at: gm.network.ues[0], of: gm.network)
                    let answer = try ue.challenged(spoilt: isSpoilt)
                    if isSpoilt { try ue.say(answer) }
                    let words = isSpoilt ? "the kernel has thrown 1 packets away" : "no ESP packet of it has come"
                    // A phone may take four seconds.
                    try Deadline(seconds: 60).wait(words) {
                        try diagnosis(gm, expecting: nil).said("IPsec", "wrong").contains(words)
                    }
                }
            }
        }

        private func diagnosis(_ gm: GmLab, expecting status: LabHarness.ExitStatus?) throws -> Diagnosis {
            try gm.network.core.run {
                try Diagnosis(gm.lab, about: Subscriber(number: 1).imsi, expecting: status)
            }
        }

        @Test("A protected port somebody else has is named before the start")
        func takenPort() throws {
            let network = try LabNetwork(ues: 0)
            let settings = LabSettings { $0.gm = [network.core.ipv4] }
            try Lab.with(settings) { lab in
                try network.core.run {
                    let taker = try Socket(.datagram, on: network.core.ipv4, port: 5103)
                    let said = try Diagnosis(lab, expecting: .code(1)).said("ports", "wrong")
                    #expect(said.contains("\(taker.local) UDP is taken"), "\(said)")
                }
            }
        }
    }
}
