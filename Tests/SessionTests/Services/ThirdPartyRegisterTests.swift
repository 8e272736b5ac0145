import HSS
import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.1.7: third-party REGISTER")
struct ThirdPartyRegisterTests {
    private static let all = [ServicePointTrigger(groups: [0], condition: .method("REGISTER"))]

    private static func on(_ types: [RegistrationType]) -> [ServicePointTrigger] {
        [
            ServicePointTrigger(
                groups: [0], condition: .method("REGISTER"), registrationTypes: types.map(\.rawValue))
        ]
    }

    private func world(
        _ services: [OperatorService], servers count: UInt8 = 1
    ) throws -> (CoreWorld, [Server], Phone) {
        let core = try CallWorld.core {
            $0.services = services
            $0.hasTCP = false
        }
        let servers = try (0..<count).map { try Server(core, host: $0 + 1) }
        let phone = try Phone(core.subscribe(1), host: 1, in: core)
        return (core, servers, phone)
    }

    private func registers(_ server: Server) -> [SIPMessage] { server.requests.filter { $0.method == .register } }

    @Test("§5.4.1.7: its header fields are those the clause names, and no body where none is asked for")
    func content() throws {
        let (core, servers, phone) = try world([Server.service(Self.all)])
        try phone.register()
        core.world.settle()
        let request = try #require(registers(servers[0]).first)
        #expect(registers(servers[0]).count == 1)
        #expect(request.requestURIText == Server.uri())
        #expect(try request.from().uri.description == CoreWorld.scscfURI(0) && request.from().tag != nil)
        // The identity of the IMSI is barred: the first that is not.
        #expect(request.text(.to) == "<\(phone.uri)>")
        #expect(request.texts(.contact) == ["<\(CoreWorld.scscfURI(0))>"])
        #expect(try request.integer(.expires) == 7_200 && request.integer(.maxForwards) == 70)
        let vector = try #require(request.text(.pChargingVector).flatMap(ChargingVector.init(parsing:)))
        #expect(vector.origIOI == "Type 3\(CoreWorld.home)" && vector.termIOI == nil)
        #expect(request.body.isEmpty && !request.has(.contentType) && !request.has(.authorization))
        #expect(request.text(.pVisitedNetworkID)?.contains(CoreWorld.home) == true && !request.has(.path))
    }

    @Test("§5.4.1.7: at registration, re-registration, de-registration and when the time is over")
    func occasions() throws {
        let (core, servers, phone) = try world([Server.service(Self.all)])
        try phone.register()
        try phone.register()
        try phone.deregister()
        try phone.register()
        core.world.advance(milliseconds: 7_300_000)
        let seconds = try registers(servers[0]).map { try $0.integer(.expires) }
        #expect(seconds == [7_200, 7_200, 0, 7_200, 0])
        let numbers = try registers(servers[0]).map { try $0.cseq().number }
        #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        #expect(registers(servers[0]).allSatisfy { $0.text(.to) == "<\(phone.uri)>" })
        core.expectNothingLeft()
    }

    @Test(
        "TS 29.228 Annex F: each server hears of the registration types its criterion names",
        arguments: [
            (RegistrationType.initial, [7_200]), (.reRegistration, [7_200]), (.deRegistration, [0]),
        ])
    func types(type: RegistrationType, seconds: [Int]) throws {
        let (_, servers, phone) = try world([Server.service(Self.on([type]))])
        try phone.register()
        try phone.register()
        try phone.deregister()
        #expect(try registers(servers[0]).map { try $0.integer(.expires) } == seconds)
    }

    @Test("§5.4.1.7: Service-Info, the REGISTER without what proves the user, and the answer to it")
    func bodies() throws {
        let (_, servers, phone) = try world(
            [Server.service(Self.all, information: "imsi=<001>&x", includes: true)])
        try phone.register()
        let request = try #require(registers(servers[0]).first)
        let type = try #require(try request.token(.contentType))
        let boundary = try #require(type.params["boundary"])
        #expect(type.token == "multipart/mixed" && request.text(.mimeVersion) == "1.0")
        let body = String(decoding: request.body, as: UTF8.self)
        let parts = body.split(separator: "--\(boundary)").map(String.init)
        #expect(parts.count == 4 && parts[3] == "--\r\n")
        let information = "<ims-3gpp version=\"1\"><service-info>imsi=&lt;001&gt;&amp;x</service-info></ims-3gpp>\r\n"
        #expect(parts[0].hasPrefix("\r\nContent-Type: application/3gpp-ims+xml\r\n\r\n<?xml"))
        #expect(parts[0].hasSuffix(information))
        let messages = try parts[1...2].map { part in
            let head = "\r\nContent-Type: message/sip\r\n\r\n"
            #expect(part.hasPrefix(head))
            return try SIPMessage(Array(part.utf8.dropFirst(head.utf8.count).dropLast(2)))
        }
        #expect(messages[0].method == .register && messages[0].text(.to) == "<\(phone.impu)>")
        let credentials = try #require(messages[0].text(.authorization).flatMap(DigestCredentials.init(parsing:)))
        #expect(credentials.username == phone.ue.subscriber.impi)
        for name in ["response", "nonce", "cnonce", "nc", "auts"] { #expect(credentials.fields[name] == nil) }
        #expect(messages[1].status == 200 && !messages[1].has(.authenticationInfo))
        #expect(messages[1].texts(.pAssociatedURI) == ["<\(phone.uri)>", "<\(phone.tel)>"])
        for secret in ["ck=", "ik=", "response="] { #expect(!body.contains(secret)) }
    }

    @Test("§5.4.1.7: one part is no multipart")
    func onePart() throws {
        let (_, servers, phone) = try world([Server.service(Self.all, information: "x")])
        try phone.register()
        let request = try #require(registers(servers[0]).first)
        #expect(request.text(.contentType) == "application/3gpp-ims+xml" && !request.has(.mimeVersion))
    }

    @Test("§5.4.1.7: what proves the S-CSCF to a client with a password goes to no server")
    func digest() throws {
        let core = try CallWorld.core {
            $0.services = [Server.service(Self.all, includes: true)]
            $0.hasTCP = false
        }
        let server = try Server(core)
        let ue = try core.ue(core.subscribe(digest: "alice", password: "secret"))
        try ue.registerWithDigest()
        let request = try #require(registers(server).first)
        let body = String(decoding: request.body, as: UTF8.self)
        #expect(body.contains("username=\"alice@\(CoreWorld.home)\""))
        for secret in ["rspauth", "response=", "cnonce", "nonce="] { #expect(!body.contains(secret)) }
    }

    @Test(
        "§5.4.1.7: a server that is silent or fails keeps no phone waiting and leaves nothing behind",
        arguments: [
            [Int](), [500], [408],
        ])
    func down(statuses: [Int]) throws {
        let (core, servers, phone) = try world([Server.service(Self.all)])
        servers[0].answer = { _ in statuses.isEmpty ? .nothing : .say(statuses) }
        let before = core.world.clock.now
        try phone.register()
        #expect(core.world.clock.now == before)
        core.world.advance(milliseconds: 6_000)
        #expect(core.registrations().count == 1)
        #expect(core.scscfNodes[0].log.count("application server does not take registrations") == 1)
        // Sent again as UDP wants it, but it is one request.
        #expect(registers(servers[0]).count == 1)
        try phone.deregister()
        core.expectNothingLeft()
    }

    @Test(
        "§5.4.1.7, §5.4.1.5: where the criterion says terminate, a phone without its server is de-registered",
        arguments: [
            [Int](), [503],
        ])
    func terminated(statuses: [Int]) throws {
        let services = [
            Server.service(Self.all, host: 1, priority: 1, handling: .sessionTerminated),
            Server.service(Self.all, host: 2, priority: 2),
        ]
        let (core, servers, phone) = try world(services, servers: 2)
        servers[0].answer = { _ in statuses.isEmpty ? .nothing : .say(statuses) }
        try phone.register()
        core.world.advance(milliseconds: 20_000)
        #expect(core.registrations().isEmpty && core.assignments == [1, 8])
        #expect(try registers(servers[1]).map { try $0.integer(.expires) } == [7_200, 0])
        // A P-CSCF that has not subscribed yet keeps it to its end.
        core.world.advance(milliseconds: 7_300_000)
        core.expectNothingLeft()
    }

    @Test("§5.4.1.7: a server that was silent and has taken the phone's next registration keeps the phone")
    func recovered() throws {
        let (core, servers, phone) = try world([Server.service(Self.all, handling: .sessionTerminated)])
        servers[0].answer = { _ in .nothing }
        try phone.register()
        core.world.advance(milliseconds: 2_000)
        servers[0].answer = { _ in .say([200]) }
        try phone.register()
        core.world.advance(milliseconds: 10_000)
        #expect(registers(servers[0]).count == 2 && core.registrations().count == 1)
        #expect(core.scscfNodes[0].log.count("application server does not take registrations") == 1)
    }

    @Test("§5.4.1.7: 4xx of a server is its business: the phone stays registered")
    func refused() throws {
        let (core, servers, phone) = try world([Server.service(Self.all, handling: .sessionTerminated)])
        servers[0].answer = { _ in .say([403]) }
        try phone.register()
        core.world.advance(milliseconds: 10_000)
        #expect(core.registrations().count == 1)
    }

    @Test("§5.4.1.7: a server without an address: the phone registers, and it is told of once")
    func unknownHost() throws {
        var service = Server.service(Self.all)
        service.criterion.applicationServer.serverName = "sip:as.nowhere.example"
        let (core, _, phone) = try world([service])
        try phone.register()
        try phone.register()
        #expect(core.registrations().count == 1)
        #expect(core.scscfNodes[0].log.count("application server could not be resolved") == 1)
    }
}
