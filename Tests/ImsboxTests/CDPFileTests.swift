import Foundation
import RoleKit
import Settings
import Testing

@testable import imsbox

/// `imsbox check --import-cdp`: Kamailio's CDP file in, our `diameter:` section out.
@Suite struct CDPFileTests {
    private func yaml(_ text: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try CDPFile.yaml(file.path)
    }

    private let good = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE DiameterPeer>
        <!-- a comment with <tags> -->
        <DiameterPeer FQDN="scscf.ims.example" Realm="ims.example" Vendor_Id="10415" Product_Name="CDiameterPeer"
         AcceptUnknownPeers="0" DropUnknownOnDisconnect="1" Tc="30" Workers="4" TransactionTimeout="5">
          <Peer FQDN="127.0.0.1" Realm="ims.example" port="3868"/>
          <Acceptor port="3870" bind="127.0.0.1"></Acceptor>
          <Auth id="16777216" vendor="10415"/>
          <SupportedVendor vendor="10415"/>
          <Realm name='a&amp;b'><Route FQDN="127.0.0.1" metric="3"/></Realm>
          <DefaultRoute FQDN="127.0.0.1" metric="10"/>
        </DiameterPeer>
        """

    @Test("A CDP file becomes a section that an instance file takes, with the same meaning")
    func conversion() throws {
        let section = try yaml(good)
        var reader = SettingsReader(try YAMLTree.parse(section))
        var settings = DiameterSettings(originHost: "x", originRealm: "y")
        reader.section("diameter") { settings = DiameterSettings(reading: &$0, defaults: settings) }
        let faults = reader.finish()
        #expect(faults.isEmpty, "\(faults)\n\(section)")
        #expect(settings.originHost == "scscf.ims.example")
        #expect(settings.originRealm == "ims.example")
        #expect(settings.listen == [SocketAddress(127, 0, 0, 1, port: 3870)])
        #expect(settings.peers.map(\.address) == [SocketAddress(127, 0, 0, 1, port: 3868)])
        #expect(settings.realmRoutes.map(\.realm) == ["a&b"])
        #expect(settings.realmRoutes.map(\.metric) == [3])
        #expect(settings.defaultRoutes.map(\.metric) == [10])
        #expect(!settings.acceptUnknownPeers)
    }

    @Test(
        "What is no such file is refused with its line; entities of its own are never followed",
        arguments: [
            ("<a>\n<b></a>", ":2: </a> does not match"), ("", ":1: has no element"),
            ("<DiameterPeer FQDN=\"x\"", ":1: "), ("<DiameterPeer\nFQDN=x/>", ":2: the value of FQDN has no quotes"),
            ("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><DiameterPeer/>", "entities of its own"),
            ("<DiameterPeer FQDN=\"&e;\" Realm=\"r\"/>", ":1: entity"),
            ("<Other/>", "no <DiameterPeer>"),
            ("<DiameterPeer FQDN=\"a\" Realm=\"b\">\n<Acceptor port=\"many\"/></DiameterPeer>", ":2: "),
        ])
    func refusals(text: String, said: String) throws {
        do {
            let section = try yaml(text)
            Issue.record("taken: \(section)")
        } catch let failure as Failure {
            #expect(failure.status == .usage)
            #expect(failure.problem.contains(said), "\(failure.problem)")
        }
    }

    @Test("Nesting without end is refused, not followed")
    func depth() {
        #expect(throws: Failure.self) { try yaml(String(repeating: "<a>", count: 100_000)) }
    }
}
