/// What identifies a dialog at one of its ends: Call-ID, the tag made here and the peer's (RFC 3261 §12).
public struct DialogID: Hashable, Sendable {
    public var callID: String
    public var localTag: String
    public var remoteTag: String

    public init(callID: String, localTag: String, remoteTag: String) {
        self.callID = callID
        self.localTag = localTag
        self.remoteTag = remoteTag
    }

    /// The dialog a request that has just arrived speaks of (RFC 3261 §12.2.2); nil if it lies outside of any.
    public init?(incoming request: SIPMessage) {
        guard let callID = request.callID, let local = request.toTag, let remote = request.fromTag else { return nil }
        self.init(callID: callID, localTag: request.string(local), remoteTag: request.string(remote))
    }
}

/// One end of a dialog (RFC 3261 §12): what its requests are made from and judged by.
///
/// A value without transport or timers. Addresses are kept as they stood in the messages, so that From and To of every
/// later request are those of the first, byte for byte.
public struct Dialog: Sendable, Equatable {
    public enum State: Equatable, Sendable { case early, confirmed, terminated }

    /// A request in the dialog and where it goes first.
    public struct Request: Sendable {
        public var method: SIPMethod
        public var writer: SIPWriter
        /// URI of the next hop: the topmost route, else the remote target (RFC 3261 §12.2.1.1).
        public var nextHop: String
    }

    public let id: DialogID
    public internal(set) var state: State
    /// From of requests sent from here, with its tag.
    public let local: String
    /// To of requests sent from here, with its tag.
    public let remote: String
    /// CSeq number of the last request sent from here.
    public internal(set) var localSequence: UInt32
    /// CSeq number of the peer's last request; nil before the first.
    public internal(set) var remoteSequence: UInt32?
    /// URI of the peer's Contact.
    public internal(set) var remoteTarget: String
    /// Route values of requests sent from here, topmost first.
    public internal(set) var routeSet: [String]

    /// The caller's end, from its request and a response with a To tag (RFC 3261 §12.1.2). Nil where a tag or the Call-ID
    /// is missing.
    ///
    /// Deviation: a response without Contact, which §12.1.1 forbids, leaves the Request-URI as remote target; 180s of
    /// that kind are met in the field.
    public init?(caller request: SIPMessage, response: SIPMessage) {
        guard let id = DialogID(outgoing: response), let from = request.text(.from), let to = response.text(.to),
            let sequence = request.cseqNumber
        else { return nil }
        self.id = id
        state = response.isFinal ? .confirmed : .early
        local = from
        remote = to
        localSequence = sequence
        remoteTarget = Dialog.contact(of: response) ?? request.requestURIText
        routeSet = response.texts(.recordRoute).reversed()
    }

    /// The called end, from the request and the tag its responses carry (RFC 3261 §12.1.1); early until confirmed. Nil
    /// where From tag, Call-ID or Contact is missing.
    public init?(called request: SIPMessage, localTag: String) {
        guard let callID = request.callID, let tag = request.fromTag, let from = request.text(.from),
            let to = request.text(.to), let sequence = request.cseqNumber, let target = Dialog.contact(of: request)
        else { return nil }
        id = DialogID(callID: callID, localTag: localTag, remoteTag: request.string(tag))
        state = .early
        local = request.toTag == nil ? "\(to);tag=\(localTag)" : to
        remote = from
        // The number of its own first request is this end's to choose (§12.1.1: the sequence is empty until then).
        localSequence = 0
        remoteSequence = sequence
        remoteTarget = target
        routeSet = request.texts(.recordRoute)
    }

    /// A 2xx to the INVITE confirms the caller's end; route set and target are its (RFC 3261 §13.2.2.4).
    public mutating func confirm(by response: SIPMessage) {
        state = .confirmed
        routeSet = response.texts(.recordRoute).reversed()
        if let target = Dialog.contact(of: response) { remoteTarget = target }
    }

    /// The called end has sent its 2xx (RFC 3261 §13.3.1.4).
    public mutating func confirm() { state = .confirmed }

    public mutating func terminate() { state = .terminated }

    static func contact(of message: SIPMessage) -> String? {
        guard let contacts = try? message.contacts(), case .address(let contact)? = contacts.first else { return nil }
        return contact.uri.description
    }
}

extension DialogID {
    /// The dialog a response to a request sent from here belongs to; nil without a To tag.
    public init?(outgoing response: SIPMessage) {
        guard let callID = response.callID, let local = response.fromTag, let remote = response.toTag else {
            return nil
        }
        self.init(callID: callID, localTag: response.string(local), remoteTag: response.string(remote))
    }
}
