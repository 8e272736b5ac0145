import IPsec
import LabHarness
import RoleKit
import SIP
import Testing

extension ESPCore {
    /// What a core dump would give away of phones that have IPsec.
    @Suite("Keys in memory")
    struct ESPKeys {
        @Test("TS 33.203 Annex I: the keys the kernel has are nowhere in the P-CSCF's memory, `imsbox sas` or not")
        func listed() throws {
            try GmLab.run(.processes, ues: 2) { gm in
                let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
                let kind = GmPhone.Kind(transport: .udp, isIPv6: false, suite: suite)
                let row = try GmRow(gm, first: 1, kind)
                #expect(row.run(.register) == nil)
                #expect(try gm.sets().count == 2)
                let image = try MemoryImage(of: try gm.lab.process(of: .pcscf).pid)
                #expect(image.count(Array(row.one.subscriber.imsi.utf8)) > 0)
                let shown = try gm.network.core.run { try Namespace.output("ip xfrm state") }
                let keys = Set(shown.split { $0 == " " || $0 == "\n" }.filter { $0.hasPrefix("0x") && $0.count >= 34 })
                try #require(keys.count == 4, "CK and IK of two phones")
                for key in keys {
                    // An integrity key is IK with zeros behind it.
                    let octets = try #require(Hex.decode(String(key.dropFirst(2).prefix(32))))
                    #expect(image.count(octets) == 0)
                }
                try row.stop()
            }
        }
    }
}
