import IPsec
import Testing

/// Security-Client, -Server and -Verify: RFC 3329 §2.2, TS 33.203 Annex H.
@Suite("Security headers") struct SecurityHeaderTests {
    private static let ports = "spi-c=11111;spi-s=22222;port-c=31800;port-s=31900"

    @Test("RFC 3329 §2.2: mechanisms with parameters, blanks and quotes; as written again")
    func grammar() throws {
        let text = "ipsec-3gpp;alg=hmac-sha-1-96;q=0.5;x=\"a b\";flag"
        let mechanism = try #require(
            SecurityMechanism(parsing: " ipsec-3gpp ; alg = hmac-sha-1-96;q=0.5; x=\"a b\";flag"))
        #expect(mechanism.description == text)
        #expect(mechanism["ALG"] == "hmac-sha-1-96" && mechanism["flag"] == "" && mechanism["y"] == nil)
    }

    @Test(
        "RFC 3329 §2.2: what is no mechanism",
        arguments: ["", ";a=1", "a b", "a;;b", "a;=1", "a;b=", "a;b=c d", "a;b=1;B=2", "a;b=\"c\"d\""])
    func malformed(text: String) {
        #expect(SecurityMechanism(parsing: text) == nil)
    }

    @Test("More parameters than the limit are refused")
    func parameterLimit() {
        func text(_ count: Int) -> String { (0..<count).reduce("m") { $0 + ";p\($1)=1" } }
        #expect(SecurityMechanism(parsing: text(SecurityMechanism.maximumParameters)) != nil)
        #expect(SecurityMechanism(parsing: text(SecurityMechanism.maximumParameters + 1)) == nil)
    }

    @Test(
        "RFC 3329 §2.3.1: Security-Verify says the same as Security-Server, however it is written",
        arguments: [
            ("a;q=0.1;spi=0000012345", "A;SPI=12345;q=0.100", true), ("a;x=TRANS", "a;x=trans", true),
            ("a;q=0.1", "a;q=0.11", false), ("a;x=1", "a", false), ("a;x=1", "a;x=1;y", false), ("a", "b", false),
            ("a;spi=1", "a;spi=2", false),
        ])
    func same(a: String, b: String, expected: Bool) throws {
        let (a, b) = (try #require(SecurityMechanism(parsing: a)), try #require(SecurityMechanism(parsing: b)))
        #expect(a.says(theSameAs: b) == expected)
    }

    @Test(
        "TS 33.203 Annex H: algorithms of a proposal; absent ealg, prot and mod are null, esp and trans",
        arguments: [
            ("alg=hmac-sha-1-96", "hmac-sha-1-96/null"), ("alg=HMAC-MD5-96;ealg=AES-CBC", "hmac-md5-96/aes-cbc"),
            ("alg=hmac-sha-1-96;ealg=des-ede3-cbc;prot=esp;mod=trans", "hmac-sha-1-96/des-ede3-cbc"),
            ("ealg=aes-gcm", "null/aes-gcm"), ("alg=null;ealg=aes-gcm", "null/aes-gcm"),
            ("alg=hmac-sha-1-96;ealg=aes-gcm", "null/aes-gcm"), ("alg=aes-gmac;ealg=null", "aes-gmac/null"),
        ])
    func proposal(parameters: String, suite: String) throws {
        let client = try SecurityClient(["ipsec-3gpp;\(parameters);\(Self.ports)"])
        #expect(client.suites.map(\.description) == [suite])
        #expect(
            client.endpoints
                == IPsecProposal.Endpoints(clientSPI: 11111, serverSPI: 22222, clientPort: 31800, serverPort: 31900))
    }

    @Test(
        "RFC 3329 §2.3.1: what we do not have is passed over",
        arguments: [
            "tls;q=0.2", "ipsec-3gpp;alg=hmac-sha-256;\(ports)", "ipsec-3gpp;alg=hmac-md5-96;prot=ah;\(ports)",
            "ipsec-3gpp;alg=hmac-md5-96;mod=UDP-enc-tun;\(ports)", "ipsec-3gpp;alg=null;\(ports)",
            "ipsec-3gpp;alg=aes-gmac;ealg=aes-cbc;\(ports)", "ipsec-3gpp;alg=hmac-md5-96;ealg=rot13;\(ports)",
        ])
    func unsupported(mechanism: String) throws {
        #expect(throws: SecurityClient.Fault.nothingSupported) { try SecurityClient([mechanism]) }
        let other = "ipsec-3gpp;alg=hmac-sha-1-96;\(Self.ports)"
        #expect(try SecurityClient([mechanism, other]).suites.count == 1)
    }

    @Test(
        "TS 33.203 Annex H: a proposal without what it must say",
        arguments: [
            ("alg=hmac-md5-96;spi-c=1000;spi-s=1001;port-c=1", "no port-s"), ("spi-c=1000", "no alg"),
            ("alg=hmac-md5-96;spi-c=255;spi-s=1001;port-c=1;port-s=2", "spi-c is no SPI"),
            ("alg=hmac-md5-96;spi-c=1000;spi-s=4294967296;port-c=1;port-s=2", "spi-s is no SPI"),
            ("alg=hmac-md5-96;spi-c=1000;spi-s=1000;port-c=1;port-s=2", "spi-c and spi-s are the same"),
            ("alg=hmac-md5-96;spi-c=1000;spi-s=1001;port-c=70000;port-s=2", "port-c is no port"),
            ("alg=hmac-md5-96;spi-c=1000;spi-s=1001;port-c=0;port-s=2", "port-c is no port"),
            ("alg=hmac-md5-96;spi-c=+1000;spi-s=1001;port-c=1;port-s=2", "spi-c is no SPI"),
            ("alg=hmac-md5-96;spi-c=1000;spi-s=1001;port-c=+1;port-s=2", "port-c is no port"),
            ("alg=hmac-md5-96;spi-c=1000;spi-s=1001;port-c=2;port-s=2", "port-c and port-s are the same"),
        ])
    func incomplete(parameters: String, reason: String) {
        #expect(throws: SecurityClient.Fault.malformed(reason)) { try SecurityClient(["ipsec-3gpp;\(parameters)"]) }
    }

    @Test("All proposals of one UE share SPIs and ports")
    func shared() {
        let (one, other) = ("ipsec-3gpp;alg=hmac-md5-96;", "ipsec-3gpp;alg=hmac-sha-1-96;")
        #expect(throws: SecurityClient.Fault.malformed("SPIs or ports differ between mechanisms")) {
            try SecurityClient([one + Self.ports, other + Self.ports.replacing("11111", with: "11112")])
        }
        #expect(throws: SecurityClient.Fault.malformed("too many mechanisms")) {
            try SecurityClient(Array(repeating: one + Self.ports, count: SecurityClient.maximumMechanisms + 1))
        }
    }

    @Test("TS 33.203 §7.2: the first of our list that the UE has too; what phones offer")
    func choice() throws {
        let offers = ["md5", "sha-1"].flatMap { mac in
            ["des-ede3-cbc", "aes-cbc", "null"].map { "ipsec-3gpp;alg=hmac-\(mac)-96;ealg=\($0);\(Self.ports)" }
        }
        let client = try SecurityClient(offers)
        #expect(client.suites.count == 6)
        let ours = ["null/aes-gcm", "hmac-sha-1-96/aes-cbc", "hmac-sha-1-96/null"].compactMap { IPsecSuite($0) }
        #expect(client.choose(from: ours)?.description == "hmac-sha-1-96/aes-cbc")
        #expect(client.choose(from: Array(ours.prefix(1))) == nil)
    }

    @Test("TS 33.203 Annex H: Security-Server spells everything out, the whole list; Security-Verify repeats all of it")
    func server() throws {
        let suites = ["hmac-sha-1-96/aes-cbc", "hmac-md5-96/null"].compactMap { IPsecSuite($0) }
        let endpoints = IPsecProposal.Endpoints(clientSPI: 65536, serverSPI: 65537, clientPort: 5065, serverPort: 5066)
        let server = SecurityServer(suites, endpoints: endpoints)
        let ports = "prot=esp;mod=trans;spi-c=65536;spi-s=65537;port-c=5065;port-s=5066"
        let first = "ipsec-3gpp;q=0.9;alg=hmac-sha-1-96;ealg=aes-cbc;\(ports)"
        let second = "ipsec-3gpp;q=0.8;alg=hmac-md5-96;ealg=null;\(ports)"
        #expect(server.text == "\(first), \(second)")
        #expect(server.isRepeated(by: [first, second.replacing("q=0.8", with: "Q=0.80")]))
        for wrong in [[first], [second, first], [first, second, second], [], [first, "tls"], [first, ";"]] {
            #expect(!server.isRepeated(by: wrong), "\(wrong)")
        }
    }

    @Test("Each suite has a name that reads back; none goes without integrity")
    func suites() {
        #expect(IPsecSuite.all.count == 8 && Set(IPsecSuite.all).count == 8)
        for suite in IPsecSuite.all { #expect(IPsecSuite(suite.description) == suite) }
        for text in ["null/null", "null/aes-cbc", "aes-gmac/aes-cbc", "hmac-md5-96/aes-gcm", "hmac-md5-96", "a/b", ""] {
            #expect(IPsecSuite(text) == nil, "\(text)")
        }
    }
}
