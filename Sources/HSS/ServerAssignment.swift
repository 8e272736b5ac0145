import Diameter
import IMSCore

/// S-CSCF registration and de-registration notification: SAR and SAA (TS 29.228 §6.1.2).
enum ServerAssignment {
    struct Request: Hashable {
        var privateIdentity: String?
        var publicIdentities: [String]
        var serverName: String
        /// Origin-Host of the S-CSCF.
        var serverHost: String
        var type: ServerAssignmentType
        var isUserDataAvailable = false
    }

    struct Answer: Hashable {
        var result: CxResult
        /// Whether the S-CSCF gets the profile and the charging addresses (§6.6).
        var sendsProfile = false
        /// The S-CSCF that is assigned instead of the asking one.
        var serverName: String?
    }

    /// The checks of §6.1.2.1 in their order.
    static func answer(
        _ request: Request, _ identities: Identities, _ policy: HSSPolicy
    ) -> (Answer, Registration?) {
        if let refusal = refusal(request) { return (Answer(result: refusal), nil) }
        // Steps 1 and 2: the identities exist and belong together.
        switch identities {
        case .unknown: return (Answer(result: .experimental(.userUnknown)), nil)
        case .mismatched: return (Answer(result: .experimental(.identitiesDontMatch)), nil)
        case .known(let record, _):
            // Step 3: only a de-registration may name several identities.
            if request.publicIdentities.count > 1, !request.type.isDeregistration {
                return (
                    Answer(
                        result: .fault(
                            .avpOccursTooManyTimes, Cx.publicIdentity, request.publicIdentities[1],
                            "one Public-Identity only for \(request.type.rawValue)")), nil
                )
            }
            // Steps 4 and 5: the assignment type.
            return byType(request, record.registration, policy)
        }
    }

    /// What no subscriber could make right: a type that is not Cx's, or no identity where one is needed (table 6.1.2.1).
    private static func refusal(_ request: Request) -> CxResult? {
        if !request.type.isOfCx {
            return .fault(
                .invalidAVPValue, Cx.serverAssignmentType, request.type,
                "Server-Assignment-Type \(request.type.rawValue) is not one of Cx (0 to 11)")
        }
        guard request.publicIdentities.isEmpty else { return nil }
        if request.type.isDeregistration, request.privateIdentity != nil { return nil }
        return .fault(.missingAVP, Cx.publicIdentity, "", "Public-Identity is missing")
    }

    private static func byType(
        _ request: Request, _ registration: Registration, _ policy: HSSPolicy
    ) -> (Answer, Registration?) {
        switch request.type {
        case .registration, .reRegistration, .unregisteredUser: assignment(request, registration)
        case .timeoutDeregistration, .userDeregistration, .administrativeDeregistration, .deregistrationTooMuchData:
            ofAssigned(request, registration) { _ in (.success, Registration.none) }
        case .timeoutDeregistrationStoreServerName, .userDeregistrationStoreServerName:
            ofAssigned(request, registration) { deregistered($0, keepsServerName: policy.keepsServerName) }
        case .authenticationFailure, .authenticationTimeout:
            ofAssigned(request, registration) { (.success, withoutAuthentication($0)) }
        default: noAssignment(request, registration)
        }
    }

    /// REGISTRATION, RE_REGISTRATION and UNREGISTERED_USER: the asking S-CSCF becomes or stays the assigned one.
    private static func assignment(_ request: Request, _ registration: Registration) -> (Answer, Registration?) {
        if registration.isAssigned(otherThan: request.serverName), !registration.isReassignmentPending {
            return (
                Answer(
                    result: .experimental(.identityAlreadyRegistered), serverName: registration.serverName), nil
            )
        }
        var next = registration
        next.assign(request.serverName, host: request.serverHost)
        next.isReassignmentPending = false
        if request.type == .unregisteredUser {
            // The same S-CSCF has this user registered (TS 29.229 §6.2.2.7); S-CSCF restoration is not there to help.
            if registration.state == .registered, !registration.isReassignmentPending {
                return (Answer(result: .experimental(.inAssignmentType)), nil)
            }
            next.state = .unregistered
        } else {
            next.state = .registered
            next.isAuthenticationPending = false
        }
        return (Answer(result: .success, sendsProfile: !request.isUserDataAvailable), next)
    }

    /// What only the assigned S-CSCF may report. Another one is told so and changes nothing (§8.1): an S-CSCF that lost
    /// a user must not take the registration at the new one away. A user without any S-CSCF is already where the
    /// report would lead.
    private static func ofAssigned(
        _ request: Request, _ registration: Registration,
        _ change: (Registration) -> (CxResult, Registration)
    ) -> (Answer, Registration?) {
        if registration.isAssigned(otherThan: request.serverName) {
            return (Answer(result: .unableToComply), nil)
        }
        let (result, next) = change(registration)
        return (Answer(result: result), next == registration ? nil : next)
    }

    /// The S-CSCF offers to keep the profile; the operator decides.
    private static func deregistered(
        _ registration: Registration, keepsServerName: Bool
    ) -> (CxResult, Registration) {
        guard keepsServerName, registration.serverName != nil else {
            return (.experimental(.successServerNameNotStored), Registration.none)
        }
        var next = registration
        next.state = .unregistered
        next.isAuthenticationPending = false
        return (.success, next)
    }

    /// AUTHENTICATION_FAILURE and AUTHENTICATION_TIMEOUT end the attempt and leave a registration that stands alone.
    private static func withoutAuthentication(_ registration: Registration) -> Registration {
        var next = registration
        next.isAuthenticationPending = false
        return next.state == .notRegistered ? Registration.none : next
    }

    /// NO_ASSIGNMENT: the assigned S-CSCF reads the profile again.
    private static func noAssignment(_ request: Request, _ registration: Registration) -> (Answer, Registration?) {
        guard registration.serverName == request.serverName || registration.isReassignmentPending else {
            return (Answer(result: .unableToComply), nil)
        }
        return (Answer(result: .success, sendsProfile: !request.isUserDataAvailable), nil)
    }
}

extension ServerAssignmentType {
    /// 0 to 11; 12 to 14 belong to SWx (TS 29.273).
    var isOfCx: Bool { (0...11).contains(rawValue) }

    var isDeregistration: Bool {
        switch self {
        case .timeoutDeregistration, .userDeregistration, .timeoutDeregistrationStoreServerName,
            .userDeregistrationStoreServerName, .administrativeDeregistration, .deregistrationTooMuchData:
            true
        default: false
        }
    }
}

extension ServerAssignment {
    /// The request's information elements; nil if one the command's grammar asks for is not there.
    static func request(_ message: DiameterMessage) -> Request? {
        guard let server = message[Cx.serverName], let type = message[Cx.serverAssignmentType],
            let host = message[Base.originHost]
        else { return nil }
        return Request(
            privateIdentity: message[Base.userName], publicIdentities: message.all(Cx.publicIdentity),
            serverName: server, serverHost: host, type: type,
            isUserDataAvailable: message[Cx.userDataAlreadyAvailable] == .alreadyAvailable)
    }

    /// User-Name, and where the answer says so User-Data and Charging-Information (§6.6).
    static func write(
        _ answer: Answer, _ subscriber: Subscriber?, _ policy: HSSPolicy, to message: inout DiameterMessage
    ) {
        if let subscriber, answer.result.isSuccess {
            message.add(Base.userName, subscriber.privateIdentity(home: policy.home))
        }
        message[Cx.serverName] = answer.serverName
        guard answer.sendsProfile, let subscriber else { return }
        message.add(Cx.userData, subscriber.profile(home: policy.home, services: policy.services).xml())
        if !policy.charging.isEmpty { message.add(Cx.chargingInformation, policy.charging.group) }
    }
}

extension ChargingInformation {
    /// TS 29.229 §6.3.19.
    fileprivate var group: AVPGroup {
        AVPGroup {
            $0[Cx.primaryEventChargingFunctionName] = primaryEventCharging
            $0[Cx.secondaryEventChargingFunctionName] = secondaryEventCharging
            $0[Cx.primaryChargingCollectionFunctionName] = primaryCollection
            $0[Cx.secondaryChargingCollectionFunctionName] = secondaryCollection
        }
    }
}
