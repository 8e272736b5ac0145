import Diameter
import IMSCore
import Testing

@testable import HSS

@Suite("Server-Assignment (TS 29.228 §6.1.2)")
struct ServerAssignmentTests {
    func request(
        _ type: ServerAssignmentType, from server: String = Lab.server, _ identities: [String] = [Lab.impu],
        user: String? = Lab.impi, isUserDataAvailable: Bool = false
    ) -> ServerAssignment.Request {
        ServerAssignment.Request(
            privateIdentity: user, publicIdentities: identities, serverName: server, serverHost: Lab.host, type: type,
            isUserDataAvailable: isUserDataAvailable)
    }

    /// One row of §6.1.2.1: the state before, the assignment type, the answer and the state after (nil: unchanged).
    struct Row: Sendable, CustomStringConvertible {
        var before: String
        var registration: Registration
        var type: ServerAssignmentType
        var server = Lab.server
        var result: DiameterResult
        var sendsProfile = false
        var tells: String?
        var after: Registration?

        var description: String {
            "\(before), type \(type.rawValue)\(server == Lab.server ? "" : ", other"): \(result)"
        }
    }

    static let registered = Lab.assigned(.registered)
    static let unregistered = Lab.assigned(.unregistered)
    static let pending = Lab.assigned(.notRegistered, isAuthenticationPending: true)
    static let success = DiameterResult.base(.success)
    static let taken = DiameterResult.experimental(.identityAlreadyRegistered)
    static let unable = DiameterResult.base(.unableToComply)
    static let movable = Lab.assigned(.registered, isReassignmentPending: true)

    static let assignmentRows: [Row] = [
        Row(
            before: "none", registration: .none, type: .registration, result: success, sendsProfile: true,
            after: registered),
        Row(
            before: "pending", registration: pending, type: .registration, result: success, sendsProfile: true,
            after: registered),
        Row(
            before: "unregistered", registration: unregistered, type: .registration, result: success,
            sendsProfile: true, after: registered),
        Row(
            before: "registered", registration: registered, type: .reRegistration, result: success, sendsProfile: true,
            after: registered),
        Row(
            before: "registered", registration: registered, type: .registration, server: Lab.otherServer,
            result: taken, tells: Lab.server),
        Row(
            before: "pending", registration: pending, type: .registration, server: Lab.otherServer, result: taken,
            tells: Lab.server),
        Row(
            before: "movable", registration: movable, type: .registration, server: Lab.otherServer, result: success,
            sendsProfile: true, after: Lab.assigned(.registered, to: Lab.otherServer)),
        Row(
            before: "none", registration: .none, type: .unregisteredUser, result: success, sendsProfile: true,
            after: unregistered),
        Row(
            before: "unregistered", registration: unregistered, type: .unregisteredUser, result: success,
            sendsProfile: true, after: unregistered),
        Row(
            before: "unregistered", registration: unregistered, type: .unregisteredUser, server: Lab.otherServer,
            result: taken, tells: Lab.server),
        Row(
            before: "registered", registration: registered, type: .unregisteredUser,
            result: .experimental(.inAssignmentType)),
        Row(before: "registered", registration: registered, type: .noAssignment, result: success, sendsProfile: true),
        Row(
            before: "registered", registration: registered, type: .noAssignment, server: Lab.otherServer,
            result: unable),
        Row(before: "none", registration: .none, type: .noAssignment, result: unable),
        Row(
            before: "movable", registration: movable, type: .noAssignment, server: Lab.otherServer, result: success,
            sendsProfile: true),
    ]

    static let otherRows: [Row] = {
        var rows: [Row] = []
        for type in [
            ServerAssignmentType.timeoutDeregistration, .userDeregistration, .administrativeDeregistration,
            .deregistrationTooMuchData,
        ] {
            rows.append(
                Row(
                    before: "registered", registration: registered, type: type, result: success,
                    after: Registration.none))
            rows.append(
                Row(
                    before: "unregistered", registration: unregistered, type: type, result: success,
                    after: Registration.none))
            rows.append(Row(before: "none", registration: .none, type: type, result: success))
            rows.append(
                Row(
                    before: "registered", registration: registered, type: type, server: Lab.otherServer,
                    result: unable))
        }
        for type in [
            ServerAssignmentType.timeoutDeregistrationStoreServerName, .userDeregistrationStoreServerName,
        ] {
            rows.append(
                Row(
                    before: "registered", registration: registered, type: type,
                    result: .experimental(.successServerNameNotStored), after: Registration.none))
            rows.append(
                Row(
                    before: "registered", registration: registered, type: type, server: Lab.otherServer,
                    result: unable))
        }
        for type in [ServerAssignmentType.authenticationFailure, .authenticationTimeout] {
            rows.append(
                Row(
                    before: "pending", registration: pending, type: type, result: success,
                    after: Registration.none))
            rows.append(Row(before: "registered", registration: registered, type: type, result: success))
            rows.append(
                Row(
                    before: "unregistered and pending",
                    registration: Lab.assigned(.unregistered, isAuthenticationPending: true), type: type,
                    result: success,
                    after: unregistered))
            rows.append(
                Row(
                    before: "pending", registration: pending, type: type, server: Lab.otherServer,
                    result: unable))
        }
        return rows
    }()

    @Test("TS 29.228 §6.1.2.1 step 5: answer and state by assignment type", arguments: assignmentRows + otherRows)
    func byType(_ row: Row) {
        let (answer, change) = ServerAssignment.answer(
            request(row.type, from: row.server), Lab.known(row.registration), Lab.policy)
        #expect(
            answer
                == ServerAssignment.Answer(
                    result: .result(row.result), sendsProfile: row.sendsProfile, serverName: row.tells))
        // Writing the same state again is allowed; losing it is not.
        #expect((change ?? row.registration) == (row.after ?? row.registration))
    }

    @Test("TS 29.228 §6.1.2.1: every type of Cx has a row, and 12 to 14 (SWx) are refused with Failed-AVP")
    func types() {
        let tested = Set((Self.assignmentRows + Self.otherRows).map(\.type.rawValue))
        #expect(tested == Set(0...11))
        for type in [Int32(-1), 12, 13, 14, 99] {
            let (answer, change) = ServerAssignment.answer(
                request(ServerAssignmentType(rawValue: type)), Lab.known(), Lab.policy)
            guard case .fault(let fault) = answer.result else { return #expect(Bool(false), "\(type) accepted") }
            #expect(fault.code == .invalidAVPValue && !fault.failed.isEmpty)
            #expect(change == nil)
        }
    }

    @Test(
        "TS 29.228 §6.1.2.1: the operator may keep the S-CSCF of a de-registered user",
        arguments: [
            ServerAssignmentType.timeoutDeregistrationStoreServerName, .userDeregistrationStoreServerName,
        ])
    func keepsServerName(_ type: ServerAssignmentType) {
        var policy = Lab.policy
        policy.keepsServerName = true
        let (answer, change) = ServerAssignment.answer(request(type), Lab.known(Self.registered), policy)
        #expect(answer.result == .success)
        #expect(change == Self.unregistered)
    }

    @Test("TS 29.228 §6.1.2.1 steps 1 and 2: unknown before mismatched")
    func identities() {
        #expect(
            ServerAssignment.answer(request(.registration), .unknown, Lab.policy).0.result
                == .experimental(.userUnknown))
        #expect(
            ServerAssignment.answer(request(.registration), .mismatched, Lab.policy).0.result
                == .experimental(.identitiesDontMatch))
    }

    @Test("TS 29.228 §6.1.2.1 step 3: several identities for a de-registration only")
    func severalIdentities() {
        let both = [Lab.impu, "tel:+15550000001"]
        let (answer, change) = ServerAssignment.answer(
            request(.registration, both), Lab.known(), Lab.policy)
        guard case .fault(let fault) = answer.result else { return #expect(Bool(false), "accepted") }
        #expect(fault.code == .avpOccursTooManyTimes)
        #expect(change == nil)
        let (dereg, after) = ServerAssignment.answer(
            request(.userDeregistration, both), Lab.known(Self.registered), Lab.policy)
        #expect(dereg.result == .success && after == Registration.none)
    }

    @Test("TS 29.228 table 6.1.2.1: a de-registration may name the private identity alone, others may not")
    func privateIdentityAlone() {
        let (answer, change) = ServerAssignment.answer(
            request(.userDeregistration, []), Lab.known(Self.registered), Lab.policy)
        #expect(answer.result == .success && change == Registration.none)
        for bad in [request(.registration, []), request(.userDeregistration, [], user: nil)] {
            guard case .fault(let fault) = ServerAssignment.answer(bad, .unknown, Lab.policy).0.result else {
                return #expect(Bool(false), "accepted")
            }
            #expect(fault.code == .missingAVP)
        }
    }

    @Test("TS 29.228 §6.6: no profile for an S-CSCF that has it")
    func alreadyAvailable() {
        let (answer, _) = ServerAssignment.answer(
            request(.reRegistration, isUserDataAvailable: true), Lab.known(Self.registered), Lab.policy)
        #expect(!answer.sendsProfile)
    }

    @Test("TS 29.228 §6.6, Annex E: the profile holds the whole implicit registration set, default identity first")
    func profile() throws {
        var policy = Lab.policy
        policy.charging = ChargingInformation(
            primaryEventCharging: "aaa://ecf.example.org", primaryCollection: "aaa://ccf.example.org")
        var message = DiameterMessage(CxCommands.serverAssignment, application: Application.cx, flags: [])
        ServerAssignment.write(
            ServerAssignment.Answer(result: .success, sendsProfile: true), Lab.subscriber, policy, to: &message)
        #expect(message[Base.userName] == Lab.impi)
        let profile = try UserProfile(parsing: try #require(message[Cx.userData]))
        #expect(profile.privateID == Lab.impi)
        #expect(profile.publicIdentities.map(\.identity) == [Lab.impu, "tel:+15550000001", Lab.barredIMPU])
        #expect(profile.publicIdentities.map(\.isBarred) == [false, false, true])
        let charging = try #require(message[Cx.chargingInformation])
        #expect(charging[Cx.primaryChargingCollectionFunctionName] == "aaa://ccf.example.org")
        #expect(charging[Cx.primaryEventChargingFunctionName] == "aaa://ecf.example.org")
        #expect(!charging.has(Cx.secondaryEventChargingFunctionName))
    }

    @Test("TS 29.228 §6.6: no profile, no charging addresses; a refusal carries no user name but the S-CSCF's")
    func withoutProfile() {
        var policy = Lab.policy
        policy.charging = ChargingInformation(primaryCollection: "aaa://ccf.example.org")
        var message = DiameterMessage(CxCommands.serverAssignment, application: Application.cx, flags: [])
        ServerAssignment.write(
            ServerAssignment.Answer(result: .success), Lab.subscriber, policy, to: &message)
        #expect(!message.has(Cx.userData) && !message.has(Cx.chargingInformation))
        var refusal = DiameterMessage(CxCommands.serverAssignment, application: Application.cx, flags: [])
        ServerAssignment.write(
            ServerAssignment.Answer(result: .experimental(.identityAlreadyRegistered), serverName: Lab.server),
            Lab.subscriber, policy, to: &refusal)
        #expect(refusal[Cx.serverName] == Lab.server && !refusal.has(Base.userName))
    }
}
