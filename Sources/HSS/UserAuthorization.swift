import Diameter
import RoleKit

/// User registration status query: UAR and UAA (TS 29.228 §6.1.1).
enum UserAuthorization {
    struct Request: Hashable {
        var privateIdentity: String
        var publicIdentity: String
        var visitedNetwork: [UInt8]
        /// REGISTRATION where the request has none (table 6.1.1.1); Kamailio leaves it out.
        var type: UserAuthorizationType = .registration
        /// UAR-Flags bit 0 (TS 29.229 §6.3.44).
        var isEmergency = false
    }

    struct Answer: Hashable {
        var result: CxResult
        var serverName: String?
        var capabilities: ServerCapabilities?
    }

    /// The checks of §6.1.1.1 in their order; the first that fails decides.
    static func answer(
        _ request: Request, _ identities: Identities, _ policy: HSSPolicy
    ) -> (Answer, Registration?) {
        // Steps 1 and 2: both identities exist and belong together.
        let record: SubscriberRecord
        switch identities {
        case .unknown: return (Answer(result: .experimental(.userUnknown)), nil)
        case .mismatched: return (Answer(result: .experimental(.identitiesDontMatch)), nil)
        case .known(let known, let isBarred):
            // Step 3: a barred identity may register if its set has one that is not; emergency asks nobody.
            if isBarred, !known.subscriber.hasUsableIdentity, !request.isEmergency {
                return (Answer(result: .base(.authorizationRejected)), nil)
            }
            record = known
        }
        // Step 4: the kind of authorization.
        let needsRoaming = request.type != .deRegistration && !request.isEmergency
        if needsRoaming, !policy.mayRoam(in: request.visitedNetwork) {
            return (Answer(result: .experimental(.roamingNotAllowed)), nil)
        }
        if request.type == .registrationAndCapabilities { return reassignment(record, policy) }
        return (byState(request, record, policy), nil)
    }

    /// REGISTRATION_AND_CAPABILITIES: the I-CSCF cannot reach the S-CSCF and chooses another (TS 23.380 §4.2).
    private static func reassignment(
        _ record: SubscriberRecord, _ policy: HSSPolicy
    ) -> (Answer, Registration?) {
        let answer = Answer(result: .success, capabilities: policy.capabilities(for: record.subscriber))
        guard record.registration.serverName != nil else { return (answer, nil) }
        var registration = record.registration
        registration.isReassignmentPending = true
        return (answer, registration)
    }

    /// Step 5: the state of the public identity.
    private static func byState(_ request: Request, _ record: SubscriberRecord, _ policy: HSSPolicy) -> Answer {
        let registration = record.registration
        let isDeregistration = request.type == .deRegistration
        switch registration.state {
        case .registered, .unregistered:
            return Answer(
                result: isDeregistration ? .success : .experimental(.subsequentRegistration),
                serverName: registration.serverName)
        case .notRegistered:
            if isDeregistration { return Answer(result: .experimental(.identityNotRegistered)) }
            // An S-CSCF that has challenged the user must get the answer to its challenge.
            if registration.isAuthenticationPending, let server = registration.serverName {
                return Answer(result: .experimental(.subsequentRegistration), serverName: server)
            }
            return Answer(
                result: .experimental(.firstRegistration), capabilities: policy.capabilities(for: record.subscriber))
        }
    }
}

extension UserAuthorization {
    /// The request's information elements; nil if one the command's grammar asks for is not there.
    static func request(_ message: DiameterMessage) -> Request? {
        guard let user = message[Base.userName], let identity = message[Cx.publicIdentity],
            let visited = message[Cx.visitedNetworkIdentifier]
        else { return nil }
        return Request(
            privateIdentity: user, publicIdentity: identity, visitedNetwork: visited,
            type: message[Cx.userAuthorizationType] ?? .registration,
            isEmergency: (message[Cx.uarFlags] ?? 0) & 1 == 1)
    }

    static func write(_ answer: Answer, to message: inout DiameterMessage) {
        message[Cx.serverName] = answer.serverName
        message.add(answer.capabilities)
    }
}
