import IPsec
import Testing

@testable import LabUE

@Suite("RFC 3329 §2.3.1, TS 33.203 §7.2: what a UE offers and takes")
struct SecurityOfferTests {
    private static let theirs = "spi-c=70001;spi-s=70002;port-c=5101;port-s=5100"

    private func offer(_ names: String...) -> SecurityOffer {
        SecurityOffer(
            suites: names.compactMap { IPsecSuite($0) },
            endpoints: .init(clientSPI: 66_001, serverSPI: 66_002, clientPort: 40_001, serverPort: 40_000), slot: 0)
    }

    @Test("TS 33.203 §7.2: all suites are offered, with the same SPIs and ports, and a P-CSCF can read them")
    func text() throws {
        let offer = offer("hmac-sha-1-96/aes-cbc", "null/aes-gcm", "hmac-md5-96/null")
        let client = try SecurityClient(offer.text.split(separator: ", ").map(String.init))
        #expect(client.suites == offer.suites && client.endpoints == offer.endpoints)
    }

    @Test(
        "RFC 3329 §2.3.1: the P-CSCF's preference decides; of equal ones its order; what was not offered does not count"
    )
    func choice() {
        let offer = offer("hmac-md5-96/null", "hmac-sha-1-96/null")
        func choose(_ rows: (String, String?)...) -> String? {
            offer.choose(
                from: rows.map { "ipsec-3gpp;\($0.1.map { "q=\($0);" } ?? "")\($0.0);\(Self.theirs)" })?.suite
                .description
        }
        let (md5, sha) = ("alg=hmac-md5-96", "alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans")
        #expect(choose((md5, "0.1"), (sha, "0.9")) == "hmac-sha-1-96/null")
        #expect(choose((md5, "0.9"), (sha, "0.1")) == "hmac-md5-96/null")
        #expect(choose((sha, "0.5"), (md5, "0.50")) == "hmac-sha-1-96/null")
        #expect(choose((md5, "0.9"), (sha, nil)) == "hmac-sha-1-96/null")
        #expect(choose(("alg=hmac-sha-1-96;ealg=aes-cbc", "1.0"), (md5, "0.1")) == "hmac-md5-96/null")
        #expect(choose(("alg=hmac-sha-1-96;ealg=aes-cbc", "1.0")) == nil)
        #expect(choose(("alg=hmac-sha-1-96;prot=ah", nil)) == nil)
        #expect(offer.choose(from: ["tls;q=1.0", "ipsec-3gpp;alg=hmac-md5-96", "=;="]) == nil)
    }

    @Test("TS 33.203 §7.1: the SPIs and ports are those of the mechanism chosen")
    func endpoints() throws {
        let values = SecurityServer(
            ["hmac-md5-96/null", "hmac-sha-1-96/null"].compactMap { IPsecSuite($0) },
            endpoints: .init(clientSPI: 70_001, serverSPI: 70_002, clientPort: 5_101, serverPort: 5_100)
        ).mechanisms.map(\.description)
        let chosen = try #require(offer("hmac-sha-1-96/null").choose(from: values))
        #expect(chosen.endpoints.serverPort == 5_100 && chosen.endpoints.clientSPI == 70_001)
    }
}
