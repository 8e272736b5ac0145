import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// A Kamailio user brings the CDP file along (issue 2, point 4).
    @Suite("CDP import")
    struct CDPImport {
        @Test("`imsbox check --import-cdp`: what it prints is a `diameter:` section that runs")
        func imported() throws {
            try Lab.with { lab in
                let xml = lab.folder.appendingPathComponent("diametercfg.xml")
                try Self.file(lab.files).write(to: xml, atomically: false, encoding: .utf8)
                let section = try lab.imsbox("check", "--import-cdp", xml.path)
                for word in ["hss.\(Subscriber.domain)", "accept-unknown-peers: false", "16777216"] {
                    #expect(section.contains(word), "\(word) is missing:\n\(section)")
                }
                // The I-CSCF's own section gives way to the imported one.
                let file = lab.file(of: .icscf)
                // CDP finds its peers by DNS; here `hosts:` names them.
                let own = try String(contentsOf: file, encoding: .utf8).replacingOccurrences(
                    of: "hosts:\n", with: "hosts:\n  hss.\(Subscriber.domain): \(lab.files.address(.hss))\n")
                let before = try #require(own.range(of: "diameter:\n")).lowerBound
                try (own[..<before] + section).write(to: file, atomically: false, encoding: .utf8)
                try lab.imsbox("check", file.path)
                try lab.provision(1...2)
                try lab.start(Shape.processes.processes)
                try #require(lab.phone(1).attempt().map(\.status) == [401, 200])
                try lab.stop()
            }
        }

        private static func file(_ files: InstanceFiles) -> String {
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <DiameterPeer
              FQDN="icscf.\(Subscriber.domain)" Realm="\(Subscriber.domain)" Vendor_Id="10415"
              Product_Name="CDiameterPeer" AcceptUnknownPeers="0" DropUnknownOnDisconnect="1" Tc="1" Workers="4"
              QueueLength="32" TransactionTimeout="4" SessionsHashSize="128" DefaultAuthSessionTimeout="60"
              MaxAuthSessionTimeout="300">
              <Peer FQDN="hss.\(Subscriber.domain)" Realm="\(Subscriber.domain)" port="3868"/>
              <Acceptor port="3869" bind="\(files.address(.icscf))"/>
              <Auth id="16777216" vendor="10415"/>
              <SupportedVendor vendor="10415"/>
              <DefaultRoute FQDN="hss.\(Subscriber.domain)" metric="10"/>
            </DiameterPeer>
            """
        }
    }
}
