import IMSCore
import SIP

/// Who may watch a registration, TS 24.229 §5.4.2.1.1.
enum RegEventSubscriber: String, Sendable {
    /// The user, by an identity of the implicit set that is not barred.
    case user
    /// A P-CSCF in the Path of one of the contacts.
    case proxy
    /// An application server in the filter criteria.
    case applicationServer

    /// By the asserted identities of the request; nil is 403.
    init?(asserted: [AnyURI], of set: RegistrationSet) {
        if asserted.contains(where: { Self.isUser($0, set) }) {
            self = .user
        } else if asserted.contains(where: { Self.isProxy($0, set) }) {
            self = .proxy
        } else if asserted.contains(where: { Self.isApplicationServer($0, set) }) {
            self = .applicationServer
        } else {
            return nil
        }
    }

    private static func isUser(_ uri: AnyURI, _ set: RegistrationSet) -> Bool {
        IMPU(uri.description).flatMap { set.profile.entry(of: $0) }.map { !$0.isBarred } ?? false
    }

    private static func isProxy(_ uri: AnyURI, _ set: RegistrationSet) -> Bool {
        guard let uri = uri.sip else { return false }
        return set.bindings.contains { binding in
            binding.path.contains { value in
                (try? NameAddress(parsing: value))?.uri.sip.map { isSame(uri, $0) } ?? false
            }
        }
    }

    private static func isApplicationServer(_ uri: AnyURI, _ set: RegistrationSet) -> Bool {
        guard let uri = uri.sip else { return false }
        return set.profile.serviceProfiles.contains { profile in
            profile.initialFilterCriteria.contains { criterion in
                (try? SIPURI(parsing: criterion.applicationServer.serverName)).map { isSame(uri, $0) } ?? false
            }
        }
    }

    /// The same element: host, and port where the identity has one (some P-CSCFs assert their host alone).
    private static func isSame(_ asserted: SIPURI, _ known: SIPURI) -> Bool {
        asserted.hostPart.bare == known.hostPart.bare && (asserted.port == nil || asserted.port == known.port)
    }
}
