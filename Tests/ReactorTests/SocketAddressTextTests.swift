import RoleKit
import Testing

@Suite struct SocketAddressTextTests {
    @Test("IPv4 literals are read and printed")
    func v4() throws {
        let address = try #require(SocketAddress("10.45.0.1", port: 5060))
        #expect(address == SocketAddress(10, 45, 0, 1, port: 5060))
        #expect(address.host == "10.45.0.1")
        #expect(address.description == "10.45.0.1:5060")
        #expect(SocketAddress("0.0.0.0", port: 0)?.isUnspecified == true)
        #expect(SocketAddress("255.255.255.255", port: 0)?.low == 0xFFFF_FFFF)
    }

    @Test(
        "what is no IPv4 literal is refused",
        arguments: [
            "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1..2.3", "1.2.3.4 ", " 1.2.3.4",
            "a.b.c.d",
            "1.2.3.4:5060", "[1.2.3.4]", "+1.2.3.4", "1.2.3.1000", "localhost", "1.2.3.-4",
        ])
    func badV4(_ text: String) { #expect(SocketAddress(text, port: 1) == nil) }

    @Test(
        "RFC 4291 §2.2, RFC 5952 §4: IPv6 literals are read and printed canonically",
        arguments: [
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
            ("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
            ("1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("[fe80::1]", "fe80::1"), ("0:0:0:0:0:0:0:0", "::"),
            ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ])
    func v6(_ text: String, _ canonical: String) throws {
        let address = try #require(SocketAddress(text, port: 5060))
        #expect(address.family == .v6)
        #expect(address.host == canonical)
        #expect(address.description == "[\(canonical)]:5060")
        #expect(SocketAddress(canonical, port: 5060) == address)
        #expect(SocketAddress(endpoint: address.description) == address)
    }

    @Test(
        "what is no IPv6 literal is refused",
        arguments: [
            ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", ":1", "1:", "1:::2",
            "::1%eth0", "[::1",
            "::1]", "[]", "[[::1]]", "1:2:3:4:5:6:7:8::", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8",
        ])
    func badV6(_ text: String) { #expect(SocketAddress(text, port: 1) == nil) }

    @Test("endpoints carry their port; IPv6 needs brackets")
    func endpoints() {
        #expect(SocketAddress(endpoint: "127.0.0.1:3868") == SocketAddress(127, 0, 0, 1, port: 3868))
        #expect(SocketAddress(endpoint: "[::1]:65535")?.port == 65_535)
        #expect(SocketAddress(endpoint: "[::1]:65535")?.isLoopback == true)
        for bad in [
            "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:5060", "[::1]", "[::1]5060", ":5060", "1.2.3.4:+1",
            "1.2.3.4:000080",
        ] {
            #expect(SocketAddress(endpoint: bad) == nil, "\(bad)")
        }
    }
}
