/// What a listener asks of whoever grants calls their quality of service.
public enum QoSDemand: String, CaseIterable, Sendable {
    /// A call that is granted nothing is refused.
    case required
    /// Asked for; the call goes on either way.
    case bestEffort = "best-effort"
    /// Nobody is asked.
    case off
}

/// Who grants media their quality of service: where Rx (TS 29.214) and N5 (TS 29.514) will sit.
///
/// A call is asked for before its INVITE goes on, with the offer alone (TS 29.214 §A.1 allows it), since then a refusal
/// costs nobody anything; what offers and answers say after is told as it passes, and so is the end. How long an answer may take is the
/// port's own affair. It keeps what it needs by `MediaLeg`; this P-CSCF keeps nothing.
public protocol QoSPolicy: AnyObject, Sendable {
    /// A call is about to be made.
    func authorize(_ leg: MediaLeg, offer: [UInt8]) async -> QoSVerdict
    /// A description has passed, from the UE or to it.
    func describe(_ leg: MediaLeg, _ description: [UInt8], isFromUE: Bool)
    /// The call is over, or came to nothing.
    func release(_ leg: MediaLeg)
}

/// One end of a call as this P-CSCF serves it: a dialog seen from the UE (RFC 3261 §12).
public struct MediaLeg: Hashable, Sendable {
    public var callID: String
    /// The UE's tag; nil before a called UE has answered.
    public var ownTag: String?
    /// The other side's; nil before it has answered the UE.
    public var peerTag: String?

    public init(callID: String, ownTag: String?, peerTag: String?) {
        self.callID = callID
        self.ownTag = ownTag
        self.peerTag = peerTag
    }
}

/// What the policy says of a call.
public enum QoSVerdict: Equatable, Sendable {
    case granted
    /// It was asked and says no.
    case refused(reason: String)
    /// Nobody could be asked, or nobody answered.
    case unavailable(reason: String)

    /// What a call hears that must have what is not granted; nil: it goes on. Never 403, which has a phone give up
    /// its registration: TS 24.229 §5.2.7.2 has 503, with Retry-After, where asking again later may help, and 500.
    func refusal(_ demand: QoSDemand) -> Int? {
        switch (demand, self) {
        case (.off, _), (.bestEffort, _), (.required, .granted): nil
        case (.required, .refused): 500
        case (.required, .unavailable): 503
        }
    }

    var reason: String? {
        switch self {
        case .granted: nil
        case .refused(let reason), .unavailable(let reason): reason
        }
    }
}

/// This version has neither Rx nor N5: nobody is asked. `required` is refused where the file is read.
final class NoPolicyServer: QoSPolicy {
    static let reason = "this version asks no PCRF (Rx) and no PCF (N5)"

    func authorize(_ leg: MediaLeg, offer: [UInt8]) async -> QoSVerdict { .unavailable(reason: Self.reason) }
    func describe(_ leg: MediaLeg, _ description: [UInt8], isFromUE: Bool) {}
    func release(_ leg: MediaLeg) {}
}
