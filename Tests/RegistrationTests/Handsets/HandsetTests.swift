import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// The rows of checklist B.3, as far as SIP has to do with them:
///
/// | handset | fact | test |
/// |---|---|---|
/// | iPhone | strict on TS 33.203 ports | `SecureTrafficTests`, `ESPForeign` |
/// | iPhone | several addresses in minutes | `severalAddresses` |
/// | iPhone | calls declined, or taken with a 200 after all | `declined` |
/// | iPhone | audio alone in its Contact | `featureTags`, `FeatureTagTests` |
/// | Samsung, Pixel | IMS off by carrier settings | nothing reaches us |
/// | Motorola | silence of the called side: 408 | `CallKind` "no sign of life" |
/// | Redmi, OnePlus | one needs IPsec, the other registers without | `withAndWithout` |
/// | OnePlus 5 | no preconditions | `PreconditionTests` |
/// | Android | md5, sha1 × null, des3, aes-cbc | `androidOffer` |
/// | all | register again 720 s before the end, or 10 % before | `earlyRefresh` |
/// | all | no SIP pings | `noPings` |
@Suite("Checklist B.3: what handsets do")
struct HandsetTests {
    @Test("iPhone, several IMS addresses within minutes: the last one is reached, nothing is left of the others")
    func severalAddresses() throws {
        let core = try CallWorld.core()
        var card = try core.subscribe(1)
        var places: [Phone] = []
        for host in 1...3 {
            let phone = try Phone(card, host: UInt8(host), in: core)
            try phone.register()
            phone.answers = { [unowned phone] in [phone.response(200, to: $0)] }
            card = phone.ue.subscriber
            places.append(phone)
            core.world.advance(milliseconds: 60_000)
        }
        let caller = try CallWorld.phone(9, in: core)
        _ = caller.initial("MESSAGE", to: places[0].uri)
        core.world.settle()
        #expect(caller.statuses(.message) == [200])
        #expect(places.map { $0.count(.message) } == [0, 0, 1])
        #expect(core.registrations().count == 2 && core.registrationsAtPCSCF().count == 2)
    }

    @Test(
        "iPhone: a call declined comes back as it was declined; one declined with a 200 after all stands",
        arguments: [[486], [603], [180, 480], [180, 200]])
    func declined(statuses: [Int]) throws {
        let core = try CallWorld.core()
        let (caller, called) = (try CallWorld.phone(1, in: core), try CallWorld.phone(2, in: core))
        called.answers = { [unowned called] request in
            switch request.method {
            case .invite: statuses.map { called.response($0, to: request) }
            case .ack: []
            default: [called.response(200, to: request)]
            }
        }
        let call = caller.call(called.uri)
        #expect(caller.statuses(.invite) == statuses)
        let last = try #require(caller.responses.last)
        guard last.status == 200 else { return try call.acknowledgeFailure(last) }
        try call.establish(last)
        call.acknowledge()
        call.send("BYE")
        core.world.settle()
        #expect(caller.statuses(.bye) == [200])
    }

    /// Contact parameters of a phone with voice and text alone, and of one with all there is.
    private static let contacts = [
        #";+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";audio;+g.3gpp.smsip"#,
        #";+sip.instance="<urn:gsma:imei:35209900-176148-0>";+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi."#
            + #"mmtel,urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg";video;+g.3gpp.smsip;+G.Odd="a\"b<c>&d, e"; text"#,
    ]

    @Test(
        "RFC 3840 §9: feature tags are the phone's, byte for byte, to the S-CSCF and to the peer", arguments: contacts)
    func featureTags(_ tags: String) throws {
        let core = try CallWorld.core()
        let (caller, called) = (try Phone(core.subscribe(1), host: 1, in: core), try CallWorld.phone(2, in: core))
        caller.ue.contact += tags
        try caller.register()
        let line = "Contact: \(caller.ue.contact)\r\n"
        for node in [core.pcscfNode, core.icscfNode] {
            #expect(core.sent(by: node, containing: "REGISTER sip:").contains { $0.contains(line) })
        }
        called.answers = { [unowned called] in $0.method == .ack ? [] : [called.response(200, to: $0)] }
        called.ue.contact += tags
        let call = caller.call(called.uri)
        #expect(called.last(.invite).map { $0.string(0..<$0.bytes.count).contains(line) } == true)
        let answer = try #require(caller.responses.last { $0.status == 200 })
        #expect(answer.string(0..<answer.bytes.count).contains("Contact: \(called.ue.contact)\r\n"))
        try call.establish(answer)
        call.acknowledge()
    }

    @Test("Redmi needs IPsec, OnePlus 5 registers without: both are served at one listener, and reach each other")
    func withAndWithout() throws {
        let world = try SecureWorld(calls: true)
        let redmi = SecurePhone(try world.ue(1))
        try redmi.register()
        let onePlus = try Phone(world.core.subscribe(7), host: 7, in: world.core)
        try onePlus.register()
        for phone in [redmi.phone, onePlus] { phone.answers = { [unowned phone] in [phone.response(200, to: $0)] } }
        for (from, to) in [(redmi.phone, onePlus), (onePlus, redmi.phone)] {
            _ = from.initial("MESSAGE", to: to.uri)
            world.core.world.settle()
            #expect(from.statuses(.message) == [200] && to.count(.message) == 1)
        }
        let security = world.core.registrationsAtPCSCF().map { $0["security"] }
        #expect(Set(security.compactMap { $0?.text }) == ["IPsec hmac-sha-1-96/aes-cbc", "AKA without IPsec"])
        #expect(world.clearTraffic(of: redmi.secure) == 0)
    }

    private static let android = ["hmac-md5-96", "hmac-sha-1-96"].flatMap { alg in
        ["null", "des-ede3-cbc", "aes-cbc"].map { "\(alg)/\($0)" }
    }

    @Test(
        "Android's offers, in whatever order: of those in common the P-CSCF's first (TS 33.203 §7.2)",
        arguments: [
            (android, "hmac-sha-1-96/aes-cbc"), (android.reversed(), "hmac-sha-1-96/aes-cbc"),
            (Array(android.prefix(3)), "hmac-md5-96/aes-cbc"), (Array(android.prefix(2)), "hmac-md5-96/null"),
        ])
    func androidOffer(_ row: (offer: [String], agreed: String)) throws {
        let world = try SecureWorld()
        let ue = try world.ue(suites: row.offer)
        #expect(try ue.register().status == 200)
        #expect(world.core.registrationsAtPCSCF().map { $0["security"] } == [.text("IPsec \(row.agreed)")])
    }

    @Test(
        "A phone registers again 720 s before the end, or right away: the full time again (TS 24.229 §5.1.1.4.1)",
        arguments: [6_480_000, 10_000])
    func earlyRefresh(milliseconds: Int) throws {
        let core = try CoreWorld()
        let ue = try core.ue(core.subscribe(1))
        #expect(try ue.registerWithAKA().text(.contact)?.contains("expires=7200") == true)
        core.world.advance(milliseconds: milliseconds)
        let again = try ue.registerWithAKA()
        #expect(again.status == 200 && again.text(.contact)?.contains("expires=7200") == true)
        core.world.advance(milliseconds: 7_000_000)
        #expect(core.registrations().count == 1)
    }

    @Test(
        "B.1 row 32: a registered phone that says nothing hears nothing: no OPTIONS, no keep-alives",
        arguments: [false, true])
    func noPings(withIPsec: Bool) throws {
        let world = try SecureWorld()
        let secure = try world.ue(1)
        let core = world.core
        let ue = withIPsec ? secure.ue : try core.ue(core.subscribe(7), host: 7)
        if withIPsec { #expect(try secure.register().status == 200) } else { _ = try ue.registerWithAKA() }
        let ports = ue.inlets + [ue.outlet]
        for port in ports { _ = port.takeDatagrams() }
        core.world.advance(milliseconds: 7_000_000)
        #expect(ports.allSatisfy { $0.takeDatagrams().isEmpty })
        #expect(core.registrations().count == 1)
        #expect(core.sent(by: core.pcscfNode, containing: "OPTIONS").isEmpty)
    }

    @Test("RFC 6223 §4: `keep` in a REGISTER comes back as it went, without a value: nobody is asked for keep-alives")
    func keep() throws {
        let core = try CoreWorld()
        let ue = try core.ue(core.subscribe(1))
        ue.viaHost += ";keep"
        let via = try #require(try ue.registerWithAKA().text(.via))
        #expect(via.contains(";keep;") && !via.contains("keep="))
    }

    @Test("RFC 5626 §4.4.1: keep-alives inside IPsec: two CRLFs on a stream get one, in a datagram they get nothing")
    func keepAlives() throws {
        let world = try SecureWorld(calls: true)
        let phone = SecurePhone(try world.ue(1), .tcp)
        try phone.register()
        let stream = phone.openStream()
        let before = phone.ue.outlet.streams[stream]?.count ?? 0
        phone.ue.outlet.send("\r\n\r\n", on: stream)
        world.core.world.settle()
        #expect(phone.ue.outlet.streams[stream].map { Array($0.dropFirst(before)) } == Array("\r\n".utf8))
        _ = phone.ue.outlet.takeDatagrams()
        phone.ue.outlet.send("\r\n\r\n", to: phone.ue.pcscf)
        world.core.world.settle()
        #expect(phone.ue.outlet.takeDatagrams().isEmpty)
        #expect(world.clearTraffic(of: phone.secure) == 0)
    }

    @Test(
        "TS 24.623 is absent: what a dialler makes of a service code is refused at once",
        arguments: ["*21*15550000003%23", "%2343%23"])
    func serviceCodes(_ code: String) throws {
        let core = try CallWorld.core()
        let phone = try CallWorld.phone(1, in: core)
        _ = phone.call("sip:\(code)@\(CoreWorld.home);user=phone")
        #expect(phone.statuses(.invite) == [404])
    }
}
