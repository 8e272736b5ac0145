import Diameter
import RoleKit
import Testing

@testable import HSS

@Suite("Location-Info (TS 29.228 §6.1.4)")
struct LocationInfoTests {
    struct Row: Sendable, CustomStringConvertible {
        var state: String
        var registration: Registration
        var isOriginating = false
        var hasUnregisteredServices = false
        var result: DiameterResult
        var server: String?
        var offersServers = false

        var description: String {
            "\(state)\(isOriginating ? ", originating" : "")\(hasUnregisteredServices ? ", services" : ""): \(result)"
        }
    }

    static let pending = Lab.assigned(.notRegistered, isAuthenticationPending: true)
    static let rows: [Row] = [
        Row(state: "registered", registration: Lab.assigned(.registered), result: .base(.success), server: Lab.server),
        Row(
            state: "unregistered", registration: Lab.assigned(.unregistered), result: .base(.success),
            server: Lab.server),
        Row(state: "not registered", registration: .none, result: .experimental(.identityNotRegistered)),
        Row(state: "authentication pending", registration: pending, result: .experimental(.identityNotRegistered)),
        Row(
            state: "not registered", registration: .none, isOriginating: true,
            result: .experimental(.unregisteredService), offersServers: true),
        Row(
            state: "not registered", registration: .none, hasUnregisteredServices: true,
            result: .experimental(.unregisteredService), offersServers: true),
        Row(
            state: "authentication pending", registration: pending, hasUnregisteredServices: true,
            result: .base(.success), server: Lab.server),
    ]

    @Test("TS 29.228 §6.1.4.1 step 4: result, server name and capabilities by state", arguments: rows)
    func byState(_ row: Row) {
        var policy = Lab.policy
        policy.hasUnregisteredServices = row.hasUnregisteredServices
        let request = LocationInfo.Request(publicIdentity: Lab.impu, isOriginating: row.isOriginating)
        let (answer, change) = LocationInfo.answer(request, Lab.known(row.registration), policy)
        let capabilities = row.offersServers ? ServerCapabilities(serverNames: [Lab.server]) : nil
        #expect(
            answer
                == LocationInfo.Answer(
                    result: .result(row.result), serverName: row.server, capabilities: capabilities))
        #expect(change == nil)
    }

    @Test("TS 29.228 §6.1.4.1 step 1: an unknown identity is USER_UNKNOWN")
    func unknown() {
        let request = LocationInfo.Request(publicIdentity: "tel:+15559999999")
        #expect(LocationInfo.answer(request, .unknown, Lab.policy).0.result == .experimental(.userUnknown))
    }

    @Test("TS 29.228 §6.1.4.1: a barred identity is found; refusing its calls is the S-CSCF's affair")
    func barred() {
        let request = LocationInfo.Request(publicIdentity: Lab.barredIMPU)
        let identities = Lab.known(Lab.assigned(.registered), isBarred: true)
        #expect(LocationInfo.answer(request, identities, Lab.policy).0.serverName == Lab.server)
    }

    @Test("TS 23.380 §4.3: asking for capabilities lets another S-CSCF take the user over")
    func reassignment() {
        let request = LocationInfo.Request(publicIdentity: Lab.impu, type: .registrationAndCapabilities)
        let (answer, change) = LocationInfo.answer(request, Lab.known(Lab.assigned(.registered)), Lab.policy)
        #expect(answer.result == .success && answer.serverName == nil)
        #expect(answer.capabilities == ServerCapabilities(serverNames: [Lab.server]))
        #expect(change == Lab.assigned(.registered, isReassignmentPending: true))
    }

    @Test("TS 29.229 §6.1.5: Originating-Request and User-Authorization-Type are read")
    func decoding() {
        var message = DiameterMessage(
            CxCommands.locationInfo, application: Application.cx, flags: [.request, .proxiable])
        #expect(LocationInfo.request(message) == nil)
        message.add(Cx.publicIdentity, Lab.impu)
        #expect(LocationInfo.request(message) == LocationInfo.Request(publicIdentity: Lab.impu))
        message.add(Cx.originatingRequest, .originating)
        message.add(Cx.userAuthorizationType, .registrationAndCapabilities)
        #expect(
            LocationInfo.request(message)
                == LocationInfo.Request(
                    publicIdentity: Lab.impu, isOriginating: true, type: .registrationAndCapabilities))
    }
}
