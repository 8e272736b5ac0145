import Diameter
import RoleKit

/// User location query: LIR and LIA (TS 29.228 §6.1.4).
enum LocationInfo {
    struct Request: Hashable {
        var publicIdentity: String
        /// The SIP request comes from this user (Originating-Request).
        var isOriginating = false
        /// User-Authorization-Type, present only to ask for capabilities.
        var type: UserAuthorizationType?
    }

    struct Answer: Hashable {
        var result: CxResult
        var serverName: String?
        var capabilities: ServerCapabilities?
    }

    /// The checks of §6.1.4.1 in their order.
    static func answer(
        _ request: Request, _ identities: Identities, _ policy: HSSPolicy
    ) -> (Answer, Registration?) {
        // Step 1: the identity is known. There are no public service identities here (step 2).
        guard case .known(let record, _) = identities else {
            return (Answer(result: .experimental(.userUnknown)), nil)
        }
        let capabilities = policy.capabilities(for: record.subscriber)
        // Step 3: the S-CSCF is out of reach and another is wanted (TS 23.380 §4.3).
        if request.type == .registrationAndCapabilities {
            var registration = record.registration
            registration.isReassignmentPending = registration.serverName != nil
            let change = registration == record.registration ? nil : registration
            return (Answer(result: .success, capabilities: capabilities), change)
        }
        // Step 4: the state of the public identity.
        switch record.registration.state {
        case .registered, .unregistered:
            return (Answer(result: .success, serverName: record.registration.serverName), nil)
        case .notRegistered where request.isOriginating || policy.hasUnregisteredServices:
            if let server = record.registration.serverName {
                return (Answer(result: .success, serverName: server), nil)
            }
            return (Answer(result: .experimental(.unregisteredService), capabilities: capabilities), nil)
        case .notRegistered:
            return (Answer(result: .experimental(.identityNotRegistered)), nil)
        }
    }
}

extension LocationInfo {
    /// The request's information elements; nil without a Public-Identity.
    static func request(_ message: DiameterMessage) -> Request? {
        guard let identity = message[Cx.publicIdentity] else { return nil }
        return Request(
            publicIdentity: identity, isOriginating: message.has(Cx.originatingRequest),
            type: message[Cx.userAuthorizationType])
    }

    static func write(_ answer: Answer, to message: inout DiameterMessage) {
        message[Cx.serverName] = answer.serverName
        message.add(answer.capabilities)
    }
}
