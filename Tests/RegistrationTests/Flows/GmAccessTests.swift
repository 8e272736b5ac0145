import LabWorld
import PCSCF
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.2.2: what the P-CSCF lets in")
struct GmAccessTests {
    private func core(_ pcscf: [(String, SettingsNode)]) throws -> CoreWorld {
        var options = CoreWorld.Options()
        options.pcscf = pcscf
        return try CoreWorld(options)
    }

    private func limit(_ over: String) -> (String, SettingsNode) {
        ("register-limit", .map([("rate", .text("1")), ("burst", .text("3")), ("over", .text(over))]))
    }

    @Test("A source that floods with REGISTERs gets 503 with Retry-After, another source is served, and later it too")
    func floodIsRefused() throws {
        let core = try core([limit("refuse")])
        let ue = try core.ue(try core.subscribe(1))
        var statuses: [Int] = []
        for _ in 0..<4 { statuses.append(ue.register(authorization: ue.initialAuthorization)?.status ?? 0) }
        #expect(statuses == [401, 401, 401, 503])
        #expect(try ue.finals.last?.integer(.retryAfter) != nil)
        let other = try core.ue(try core.subscribe(2), host: 2)
        #expect(try other.registerWithAKA().status == 200)
        core.world.advance(milliseconds: 2_000)
        #expect(try ue.registerWithAKA().status == 200)
        #expect(core.pcscfNode.log.count("too many REGISTERs") == 1)
    }

    @Test("The same in silence: nothing comes back and nothing stays behind")
    func floodIsIgnored() throws {
        let core = try core([limit("silence")])
        let ue = try core.ue(try core.subscribe(1))
        for _ in 0..<3 { ue.register(authorization: ue.initialAuthorization) }
        #expect(ue.register(authorization: ue.initialAuthorization) == nil)
        core.world.advance(milliseconds: 200_000)
        ue.collect()
        #expect(ue.finals.count == 3)
        core.expectNothingLeft()
    }

    @Test("RFC 4320 §4.1 gives way: what is ignored gets no 100 either, and holds no transaction")
    func ignoredMeansIgnored() throws {
        let core = try core([limit("silence")])
        let ue = try core.ue(try core.subscribe(1))
        for _ in 0..<3 { ue.register(authorization: ue.initialAuthorization) }
        core.world.advance(milliseconds: 600_000)
        _ = ue.puppet.takeDatagrams()
        let flood = try core.ue(ue.subscriber, host: 2)
        for _ in 0..<3 { flood.register(authorization: flood.initialAuthorization) }
        let before = try transactions(core)
        for _ in 0..<50 { flood.register(authorization: flood.initialAuthorization) }
        #expect(try transactions(core) == before)
        _ = flood.puppet.takeDatagrams()
        core.world.advance(milliseconds: 200_000)
        #expect(flood.puppet.takeDatagrams().isEmpty)
    }

    private func transactions(_ core: CoreWorld) throws -> Report {
        try #require(core.pcscf.assumeIsolated { $0.snapshot(.status) }["transactions"])
    }

    @Test("§5.2.1: the side toward the core takes no REGISTER, so nobody goes round the limits there")
    func coreSide() throws {
        let core = try core([])
        let ue = try core.ue(try core.subscribe(1))
        ue.pcscf = CoreWorld.pcscfAddress.with(port: 5070)
        for _ in 0..<2 { #expect(ue.register(authorization: ue.initialAuthorization)?.status == 403) }
        #expect(core.sent(by: core.pcscfNode, containing: "REGISTER sip:").isEmpty)
        #expect(core.pcscfNode.log.count("REGISTER on the core side refused") == 1)
    }

    @Test("RFC 3263 §4: no UE aims a REGISTER at an element of the core by its name")
    func elementsAreNoNetworks() throws {
        let core = try core([])
        let ue = try core.ue(try core.subscribe(1))
        let text =
            "REGISTER sip:scscf0.\(CoreWorld.home) SIP/2.0\r\nVia: SIP/2.0/UDP \(ue.address);branch=z9hG4bKe\r\n"
            + "Max-Forwards: 70\r\nFrom: <\(ue.subscriber.impu)>;tag=1\r\nTo: <\(ue.subscriber.impu)>\r\nCall-ID: e\r\n"
            + "CSeq: 1 REGISTER\r\nContact: \(ue.contact)\r\nContent-Length: 0\r\n\r\n"
        ue.puppet.send(text, to: CoreWorld.pcscfAddress)
        core.world.settle()
        ue.collect()
        #expect(ue.finals.last?.status == 403)
        #expect(core.sent(by: core.pcscfNode, containing: "REGISTER sip:").isEmpty)
    }

    @Test("B.1 pain 3: a phone whose Via is not where it sends from is served, and the log says NAT, once")
    func addressTranslation() throws {
        let core = try core([])
        let ue = try core.ue(try core.subscribe(1))
        ue.viaHost = "192.168.1.7:5060"
        #expect(try ue.registerWithAKA().status == 200)
        let line = core.pcscfNode.log.lines.first { $0.event == "phone behind NAT" }
        #expect(line?.description.contains("192.168.1.7") == true)
        let other = try core.ue(try core.subscribe(2), host: 2)
        #expect(try other.registerWithAKA().status == 200)
        #expect(core.pcscfNode.log.count("phone behind NAT") == 1)
    }

    @Test("RFC 7315 §5.6: icid-generated-at is a host, whatever port the core side advertises")
    func chargingHost() throws {
        let core = try core([("core", .map([("advertise", .text("p.test:5072")), ("port", .text("5072"))]))])
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        let sent = try #require(core.sent(by: core.pcscfNode, containing: "REGISTER sip:").first)
        let register = try SIPMessage(Array(sent.utf8))
        #expect(register.text(.pChargingVector)?.contains(";icid-generated-at=p.test;") == true)
        #expect(register.text(.path)?.contains("@p.test:5072;lr") == true)
    }

    @Test("A UE that is registered from this address is not counted")
    func registeredAreNotLimited() throws {
        let core = try core([limit("refuse")])
        let ue = try core.ue(try core.subscribe(1))
        for _ in 0..<5 { #expect(try ue.registerWithAKA().status == 200) }
    }

    @Test("One registration more than the table holds is 503; a de-registration makes room")
    func fullTable() throws {
        let core = try core([("registrations-max", .text("1"))])
        let first = try core.ue(try core.subscribe(1))
        #expect(try first.registerWithAKA().status == 200)
        let second = try core.ue(try core.subscribe(2), host: 2)
        #expect(second.register(authorization: second.initialAuthorization)?.status == 503)
        #expect(try first.registerWithAKA(expires: 0).status == 200)
        #expect(try second.registerWithAKA().status == 200)
    }

    @Test(
        "RFC 3329 §2.3.1: with security off or preferred a UE that offers IPsec is served without, nothing of it goes on",
        arguments: ["off", "preferred"])
    func securityAgreementEndsHere(profile: String) throws {
        let core = try core([("security", .text(profile))])
        let ue = try core.ue(try core.subscribe(1))
        let extra =
            "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1;spi-s=2;port-c=3;port-s=4\r\n"
            + "Require: sec-agree\r\nProxy-Require: sec-agree\r\n"
        #expect(ue.register(authorization: ue.initialAuthorization, extra: extra)?.status == 401)
        #expect(ue.register(authorization: try ue.answer(), extra: extra)?.status == 200)
        for sent in core.sent(by: core.pcscfNode, containing: "REGISTER sip:") {
            #expect(!sent.contains("Security-Client") && !sent.contains("sec-agree"))
        }
    }

    @Test("RFC 3261 §16.3: Proxy-Require with an option we lack is 420")
    func unknownProxyOption() throws {
        let core = try core([])
        let ue = try core.ue(try core.subscribe(1))
        let answer = ue.register(authorization: ue.initialAuthorization, extra: "Proxy-Require: foo\r\n")
        #expect(answer?.status == 420)
        #expect(answer?.texts(.unsupported) == ["foo"])
    }

    @Test("TS 23.003 §13.2: another home network is not served, and the log says why")
    func foreignNetwork() throws {
        let core = try core([])
        let ue = try core.ue(try core.subscribe(1))
        let text =
            "REGISTER sip:ims.mnc01.mcc001.3gppnetwork.org SIP/2.0\r\nVia: SIP/2.0/UDP \(ue.address);branch=z9hG4bKf\r\n"
            + "Max-Forwards: 70\r\nFrom: <\(ue.subscriber.impu)>;tag=1\r\nTo: <\(ue.subscriber.impu)>\r\nCall-ID: f\r\n"
            + "CSeq: 1 REGISTER\r\nContact: \(ue.contact)\r\nContent-Length: 0\r\n\r\n"
        ue.puppet.send(text, to: CoreWorld.pcscfAddress)
        core.world.settle()
        ue.collect()
        #expect(ue.finals.last?.status == 403)
        let line = core.pcscfNode.log.lines.first { $0.event == "home network unknown" }
        #expect(line?.description.contains("MNC") == true)
    }

    @Test("RFC 3327: Path names a port that is the same after a restart: 5070, any only where the main one is any")
    func corePort() throws {
        func read(_ pairs: [(String, SettingsNode)]) -> (PCSCFConfig, [SettingsFault]) {
            var reader = SettingsReader(.map(pairs))
            let config = PCSCFConfig(reading: &reader)
            return (config, reader.finish())
        }
        #expect(read([]).0.core.address == SocketAddress(127, 0, 0, 1, port: 5070))
        #expect(read([("address", .text("10.45.0.1"))]).0.core.address == SocketAddress(10, 45, 0, 1, port: 5070))
        #expect(read([("port", .text("0"))]).0.core.address.port == 0)
        #expect(read([("core", .map([("advertise", .text("p.test"))]))]).0.core.address.port == 5070)
        #expect(read([("core", .map([("port", .text("5072"))]))]).0.core.address.port == 5072)
        let clash = read([("port", .text("5070"))]).1
        #expect(clash.count == 1)
        #expect(clash.first?.cure.contains("core") == true)
        #expect(read([("port", .text("5070")), ("core", .map([("port", .text("5080"))]))]).1.isEmpty)
        // Protected ports of TS 33.203 §7.1 are nothing else's, where there is IPsec at all.
        let busy: (String, SettingsNode) = ("core", .map([("port", .text("5100"))]))
        let address: (String, SettingsNode) = ("address", .text("10.45.0.1"))
        for taken in [busy, ("port", .text("5108"))] {
            #expect(read([address, taken]).1.first?.cure.contains("server-port") == true)
        }
        #expect(read([address, ("security", .text("off")), busy]).1.isEmpty)
        #expect(read([busy]).1.isEmpty)
        let core = try core([])
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().texts(.path).first?.contains("@10.0.1.1:5070;lr") == true)
    }

    @Test(
        "Files that cannot work are refused with a cure",
        arguments: [
            ("security", "required"), ("icscf", "icscf.example.org"), ("icscf", "tel:+1"), ("transports", "sctp"),
            ("register-limit", "fast"),
        ])
    func badSettings(_ row: (key: String, value: String)) {
        var reader = SettingsReader(.map([(row.key, .text(row.value))]))
        _ = PCSCFConfig(reading: &reader)
        let faults = reader.finish()
        #expect(!faults.isEmpty)
        #expect(faults.allSatisfy { !$0.cure.isEmpty && $0.line == 1 })
    }
}
