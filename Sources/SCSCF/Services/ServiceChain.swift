import IMSCore
import RoleKit
import SIP

/// How far a request has come through the application servers of a served user, TS 24.229 §5.4.3.2, §5.4.3.3.
struct ServiceChain: Equatable, Sendable {
    /// Application servers one request may visit, whatever it becomes on its way. What one has seen more of turns in
    /// circles that Max-Forwards does not see: a server that is a user agent itself counts it anew.
    static let longest = 32

    var sessionCase: SessionCase
    /// The served user.
    var user: IMPU
    /// The criterion carried out last.
    var position: ServiceCriteria.Position?
    /// Application servers visited.
    var length = 0
}

/// A request in the hands of the session procedures, with what they know about it.
struct ServedRequest: Sendable {
    var incoming: IncomingRequest
    var routing: RequestRouting
    var chain: ServiceChain
    /// The other form of the served user's identity, to be asserted beside the one there is.
    var alias: String?
}

/// A request that is with an application server, until that one has answered.
struct ServiceLeg: Sendable {
    var incoming: IncomingRequest
    /// It has answered with more than 100, or sent the request back: what it does then is its answer.
    var isAlive = false
    var timer: TimerID
}

/// What an application server's behaviour means for the request, TS 24.229 §5.4.3.2, §5.4.3.3.
enum ServiceDecision: Equatable {
    /// It has answered the request.
    case answered
    /// As if the criterion were not there.
    case skip
    /// SESSION_TERMINATED, and there is no answer to pass on.
    case refuse(Int)

    /// - Parameters:
    ///   - status: of the final response; nil where there is none.
    ///   - isAlive: it has shown a sign of life before.
    static func after(
        status: Int?, isAlive: Bool, _ handling: ApplicationServer.DefaultHandling?, isInvite: Bool
    ) -> ServiceDecision {
        guard !isAlive, isFailure(status) else { return .answered }
        // TS 29.228 Annex B.2.2: without an indication the session goes on.
        guard handling == .sessionTerminated else { return .skip }
        if status != nil { return .answered }
        // RFC 4320 §4.2: 408 answers an INVITE alone.
        return .refuse(isInvite ? 408 : 504)
    }

    /// Silence, 408 and 5xx: a server that does not work. Everything else is what it has decided.
    static func isFailure(_ status: Int?) -> Bool {
        status.map { $0 == 408 || (500..<600).contains($0) } ?? true
    }
}

/// The changes to a request on its way to an application server, TS 24.229 §5.4.3.2 and §5.4.3.3. Route is the hop's.
///
/// Deviation: P-Charging-Vector goes as it came, without an orig-ioi of type 3, since nothing is kept to put the old one
/// back.
struct ServiceEdit {
    var routing: RequestRouting
    var recordRoute: String?
    /// RFC 5502 §6.
    var servedUser: String

    func apply(to edit: inout SIPEdit) {
        routing.apply(to: &edit)
        edit.set(.pServedUser, servedUser)
        if let recordRoute { edit.prepend(.recordRoute, recordRoute) }
    }

    /// P-Served-User, RFC 5502 §6; after a diversion RFC 8498 §4.
    static func servedUser(_ identity: String, _ sessionCase: SessionCase) -> String {
        switch sessionCase {
        case .originatingCDIV: "<\(identity)>;orig-cdiv"
        default:
            "<\(identity)>;sescase=\(sessionCase.isOriginating ? "orig" : "term")"
                + ";regstate=\(sessionCase.isRegistered ? "reg" : "unreg")"
        }
    }
}
