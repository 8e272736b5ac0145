import RoleKit
import SIP

/// This P-CSCF's subscription to the registration state of one user, TS 24.229 §5.2.3.
struct RegEventSubscription: Sendable {
    let id: UInt64
    let impi: String
    /// The default public user identity: what is watched.
    let impu: String
    let callID: String
    let localTag: String
    var machine = SubscriberSubscription()
    /// The SUBSCRIBE that made it, from which the dialog is made.
    var first: SIPMessage?
    /// Known with the 200 to the SUBSCRIBE; a NOTIFY may come before.
    var dialog: Dialog?
    /// When the granted time is over.
    var expiry: Moment
    var timers: [SubscriberSubscription.Timer: TimerID] = [:]
    /// CSeq of the last NOTIFY, where there is no dialog yet.
    var lastNotify: UInt32?
    /// Version of the last document taken, RFC 3680 §5.1.
    var version: UInt32?
}

/// The subscriptions of this P-CSCF, by number, private identity and Call-ID.
struct RegEventSubscriptions: Sendable {
    private var byID: [UInt64: RegEventSubscription] = [:]
    private var byIMPI: [String: UInt64] = [:]
    private var byCallID: [String: UInt64] = [:]
    private var serial: UInt64 = 0

    var count: Int { byID.count }

    subscript(id: UInt64) -> RegEventSubscription? {
        get { byID[id] }
        set { if byID[id] != nil, let newValue { byID[id] = newValue } }
    }

    func of(impi: String) -> RegEventSubscription? { byIMPI[impi].flatMap { byID[$0] } }

    /// The one a request in its dialog, or the NOTIFY that makes the dialog, is for.
    func of(_ request: SIPMessage) -> RegEventSubscription? {
        guard let callID = request.callID, let id = byCallID[callID], let subscription = byID[id],
            let tag = request.toTag, request.string(tag) == subscription.localTag
        else { return nil }
        if let dialog = subscription.dialog, DialogID(incoming: request) != dialog.id { return nil }
        return subscription
    }

    mutating func nextID() -> UInt64 {
        serial += 1
        return serial
    }

    mutating func insert(_ subscription: RegEventSubscription) {
        byID[subscription.id] = subscription
        byIMPI[subscription.impi] = subscription.id
        byCallID[subscription.callID] = subscription.id
    }

    @discardableResult
    mutating func remove(_ id: UInt64) -> RegEventSubscription? {
        guard let old = byID.removeValue(forKey: id) else { return nil }
        if byIMPI[old.impi] == id { byIMPI[old.impi] = nil }
        byCallID[old.callID] = nil
        return old
    }
}
