import Foundation
import Testing

@testable import imsbox

/// Which database and which home network the subscriber commands work on.
@Suite struct SubscriberCommandTests {
    private func inDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.path)
    }

    @Test("A command that only looks makes no database; one that adds does")
    func missingDatabase() throws {
        try inDirectory { directory in
            let path = directory + "/state/hss.sqlite"
            #expect(throws: Failure.self) { _ = try StoreOptions.open(path, making: false) }
            #expect(!FileManager.default.fileExists(atPath: directory + "/state"))
            _ = try StoreOptions.open(path, making: true)
            _ = try StoreOptions.open(path, making: false)
        }
    }

    @Test("The home network is that of the HSS's file")
    func homeNetworkOfHSS() throws {
        try inDirectory { directory in
            #expect(HomeNetwork.of(directory) == nil)
            for (name, network) in [("hss-a", "ims.mnc070.mcc999.3gppnetwork.org"), ("icscf", "ims.example.org")] {
                try "home-network: \(network)\n".write(
                    toFile: "\(directory)/\(name).yaml", atomically: true, encoding: .utf8)
            }
            #expect(HomeNetwork.of(directory) == "ims.mnc070.mcc999.3gppnetwork.org")
        }
    }

    @Test(
        "TS 23.003 §13.2: an IMSI is at home in the network of its MCC and MNC, whatever the MNC's length",
        arguments: [
            ("001010000012345", "ims.mnc001.mcc001.3gppnetwork.org", true),
            ("999700000012345", "ims.mnc070.mcc999.3gppnetwork.org", true),
            ("310410000012345", "ims.mnc410.mcc310.3gppnetwork.org", true),
            ("999700000012345", "ims.mnc001.mcc001.3gppnetwork.org", false),
            ("001010000012345", "ims.mnc001.mcc002.3gppnetwork.org", false),
            ("999700000012345", "ims.example.org", true),
        ])
    func imsiOfNetwork(imsi: String, home: String, isAtHome: Bool) throws {
        let warning = HomeNetwork.warning(imsi: imsi, home: home)
        #expect((warning == nil) == isAtHome, "\(warning ?? "")")
    }

    @Test("Where an IMSI is not at home, both networks it may be of are named")
    func networksOfIMSI() throws {
        let home = "ims.mnc001.mcc001.3gppnetwork.org"
        let warning = try #require(HomeNetwork.warning(imsi: "999700000012345", home: home))
        #expect(warning.contains("ims.mnc070.mcc999.3gppnetwork.org"))
        #expect(warning.contains("ims.mnc700.mcc999.3gppnetwork.org"))
    }
}
