import Diameter
import RoleKit
import Testing

@testable import HSS

@Suite("User-Authorization (TS 29.228 §6.1.1)")
struct UserAuthorizationTests {
    typealias Answer = UserAuthorization.Answer

    func request(
        _ type: UserAuthorizationType = .registration, from network: String = Lab.home, isEmergency: Bool = false
    ) -> UserAuthorization.Request {
        UserAuthorization.Request(
            privateIdentity: Lab.impi, publicIdentity: Lab.impu, visitedNetwork: Array(network.utf8), type: type,
            isEmergency: isEmergency)
    }

    /// One row of the procedure: the state before, the kind of authorization, the answer.
    struct Row: Sendable, CustomStringConvertible {
        var state: String
        var registration: Registration
        var type: UserAuthorizationType
        var result: DiameterResult
        var server: String?
        var offersServers = false

        var description: String { "\(state), \(type.rawValue): \(result)" }
    }

    static let rows: [Row] = [
        Row(
            state: "not registered", registration: .none, type: .registration,
            result: .experimental(.firstRegistration), offersServers: true),
        Row(
            state: "not registered", registration: .none, type: .deRegistration,
            result: .experimental(.identityNotRegistered)),
        Row(
            state: "not registered", registration: .none, type: .registrationAndCapabilities,
            result: .base(.success), offersServers: true),
        Row(
            state: "authentication pending",
            registration: Lab.assigned(.notRegistered, isAuthenticationPending: true), type: .registration,
            result: .experimental(.subsequentRegistration), server: Lab.server),
        Row(
            state: "authentication pending",
            registration: Lab.assigned(.notRegistered, isAuthenticationPending: true), type: .deRegistration,
            result: .experimental(.identityNotRegistered)),
        Row(
            state: "registered", registration: Lab.assigned(.registered), type: .registration,
            result: .experimental(.subsequentRegistration), server: Lab.server),
        Row(
            state: "registered", registration: Lab.assigned(.registered), type: .deRegistration,
            result: .base(.success), server: Lab.server),
        Row(
            state: "registered", registration: Lab.assigned(.registered), type: .registrationAndCapabilities,
            result: .base(.success), offersServers: true),
        Row(
            state: "unregistered", registration: Lab.assigned(.unregistered), type: .registration,
            result: .experimental(.subsequentRegistration), server: Lab.server),
        Row(
            state: "unregistered", registration: Lab.assigned(.unregistered), type: .deRegistration,
            result: .base(.success), server: Lab.server),
    ]

    @Test("TS 29.228 §6.1.1.1 step 5: result, server name and capabilities by state", arguments: rows)
    func byState(_ row: Row) {
        let (answer, _) = UserAuthorization.answer(request(row.type), Lab.known(row.registration), Lab.policy)
        let capabilities = row.offersServers ? ServerCapabilities(serverNames: [Lab.server]) : nil
        #expect(answer == Answer(result: .result(row.result), serverName: row.server, capabilities: capabilities))
    }

    @Test("TS 29.228 §6.1.1.1 steps 1 and 2: unknown before mismatched")
    func identities() {
        #expect(
            UserAuthorization.answer(request(), .unknown, Lab.policy).0
                == Answer(result: .experimental(.userUnknown)))
        #expect(
            UserAuthorization.answer(request(), .mismatched, Lab.policy).0
                == Answer(result: .experimental(.identitiesDontMatch)))
    }

    @Test("TS 29.228 §6.1.1.1 step 3: a barred identity registers if its set has one that is not")
    func barred() {
        let (answer, _) = UserAuthorization.answer(request(), Lab.known(isBarred: true), Lab.policy)
        #expect(answer.result == .experimental(.firstRegistration))
    }

    @Test("TS 29.228 §6.1.1.1 step 3: a set with barred identities only is AUTHORIZATION_REJECTED, base 5003")
    func allBarred() {
        let identities = Lab.known(isBarred: true, Lab.allBarred)
        let (answer, change) = UserAuthorization.answer(request(), identities, Lab.policy)
        #expect(answer == Answer(result: .base(.authorizationRejected)))
        #expect(change == nil)
    }

    @Test("TS 29.228 §6.1.1.1 step 3: an emergency registration asks about neither barring nor roaming")
    func emergency() {
        var policy = Lab.policy
        policy.visitedNetworks = ["ims.mnc002.mcc001.3gppnetwork.org"]
        let identities = Lab.known(isBarred: true, Lab.allBarred)
        let (answer, _) = UserAuthorization.answer(
            request(from: "elsewhere.example", isEmergency: true), identities, policy)
        #expect(answer.result == .experimental(.firstRegistration))
    }

    @Test(
        "TS 29.228 §6.1.1.1 step 4: roaming",
        arguments: [
            ("\"\(Lab.home)\"", true),  // Kamailio sends the header's quotation marks along
            (Lab.home.uppercased(), true),
            ("ims.mnc002.mcc001.3gppnetwork.org", true),
            ("\"IMS.mnc002.mcc001.3gppnetwork.org\"", true),
            ("ims.mnc003.mcc001.3gppnetwork.org", false),
            ("\"", false),
            ("", false),
        ])
    func roaming(_ network: String, _ isAllowed: Bool) {
        var policy = Lab.policy
        policy.visitedNetworks = ["ims.mnc002.mcc001.3gppnetwork.org"]
        for type in [UserAuthorizationType.registration, .registrationAndCapabilities] {
            let (answer, _) = UserAuthorization.answer(request(type, from: network), Lab.known(), policy)
            #expect((answer.result == .experimental(.roamingNotAllowed)) == !isAllowed)
        }
        // Whoever leaves may leave from anywhere.
        let (answer, _) = UserAuthorization.answer(
            request(.deRegistration, from: network), Lab.known(Lab.assigned(.registered)), policy)
        #expect(answer.result == .success)
    }

    @Test("TS 29.228 §6.1.1.1 step 4: without a list every network is allowed")
    func everyNetwork() {
        let (answer, _) = UserAuthorization.answer(request(from: "elsewhere.example"), Lab.known(), Lab.policy)
        #expect(answer.result == .experimental(.firstRegistration))
    }

    @Test("TS 23.380 §4.2: asking for capabilities lets another S-CSCF register the user")
    func reassignment() {
        let (_, change) = UserAuthorization.answer(
            request(.registrationAndCapabilities), Lab.known(Lab.assigned(.registered)), Lab.policy)
        #expect(change == Lab.assigned(.registered, isReassignmentPending: true))
        let (_, none) = UserAuthorization.answer(request(.registrationAndCapabilities), Lab.known(), Lab.policy)
        #expect(none == nil)
    }

    @Test("TS 29.228 §6.7: a subscriber's own capabilities come before the operator's")
    func ownCapabilities() {
        let (answer, _) = UserAuthorization.answer(request(), Lab.known(.none, Lab.softphone), Lab.policy)
        #expect(answer.capabilities == ServerCapabilities(mandatory: [7], optional: [9]))
    }

    @Test("TS 29.228 table 6.1.1.1: a request without User-Authorization-Type is a REGISTRATION")
    func decoding() throws {
        var message = DiameterMessage(
            CxCommands.userAuthorization, application: Application.cx, flags: [.request, .proxiable])
        #expect(UserAuthorization.request(message) == nil)
        message.add(Base.userName, Lab.impi)
        message.add(Cx.publicIdentity, Lab.impu)
        message.add(Cx.visitedNetworkIdentifier, Array(Lab.home.utf8))
        #expect(UserAuthorization.request(message) == request())
        message.add(Cx.userAuthorizationType, .deRegistration)
        message.add(Cx.uarFlags, 1)
        #expect(UserAuthorization.request(message) == request(.deRegistration, isEmergency: true))
    }

    @Test("TS 29.229 §6.3.4: Server-Capabilities with its members; nothing at all where any S-CSCF will do")
    func encoding() throws {
        var message = DiameterMessage(CxCommands.userAuthorization, application: Application.cx, flags: [])
        let all = ServerCapabilities(mandatory: [1, 2], optional: [3], serverNames: [Lab.server])
        UserAuthorization.write(
            Answer(result: .success, serverName: Lab.server, capabilities: all), to: &message)
        #expect(message[Cx.serverName] == Lab.server)
        let group = try #require(message[Cx.serverCapabilities])
        #expect(group.all(Cx.mandatoryCapability) == [1, 2])
        #expect(group.all(Cx.optionalCapability) == [3])
        #expect(group.all(Cx.serverName) == [Lab.server])

        var empty = DiameterMessage(CxCommands.userAuthorization, application: Application.cx, flags: [])
        UserAuthorization.write(Answer(result: .success, capabilities: ServerCapabilities()), to: &empty)
        #expect(!empty.has(Cx.serverCapabilities) && !empty.has(Cx.serverName))
    }
}
