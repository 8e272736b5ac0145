import IMSCore
import RoleKit
import SIP

/// A subscription to the registration state of an implicit set, TS 24.229 §5.4.2.1.
struct RegEventSubscription: Sendable {
    let id: UInt64
    /// The implicit set that is watched.
    let setID: UInt64
    let subscriber: RegEventSubscriber
    /// As the SUBSCRIBE had it; every NOTIFY repeats it.
    let event: EventHeader
    var dialog: Dialog
    var machine = NotifierSubscription()
    /// When the granted time is over.
    var expiry: Moment
    var timers: [NotifierSubscription.Timer: TimerID] = [:]
    /// Version of the next document, RFC 3680 §5.2: from 0, one more each.
    var version: UInt32 = 0
    /// Contacts that have gone since the last document the subscriber has taken.
    var gone: [GoneContact] = []
    /// How many of them are in the NOTIFY under way.
    var reported = 0
    /// The set as it was when its last contact went.
    var lastSet: RegistrationSet?

    func remainingSeconds(at now: Moment) -> Int { (expiry.milliseconds(since: now) + 999) / 1000 }
}

/// A contact that is bound no more, and why.
struct GoneContact: Sendable {
    var binding: Binding
    var event: RegInfo.Contact.Event
}

/// Every subscription of this S-CSCF, by number, dialog and implicit set.
struct RegEventSubscriptions: Sendable {
    private var byID: [UInt64: RegEventSubscription] = [:]
    private var byDialog: [DialogID: UInt64] = [:]
    private var bySet: [UInt64: [UInt64]] = [:]
    private var serial: UInt64 = 0

    var count: Int { byID.count }

    subscript(id: UInt64) -> RegEventSubscription? {
        get { byID[id] }
        set { if byID[id] != nil, let newValue { byID[id] = newValue } }
    }

    func of(dialog: DialogID) -> RegEventSubscription? { byDialog[dialog].flatMap { byID[$0] } }

    /// Numbers of the subscriptions that watch a set, oldest first.
    func of(set: UInt64) -> [UInt64] { bySet[set] ?? [] }

    mutating func nextID() -> UInt64 {
        serial += 1
        return serial
    }

    mutating func insert(_ subscription: RegEventSubscription) {
        byID[subscription.id] = subscription
        byDialog[subscription.dialog.id] = subscription.id
        bySet[subscription.setID, default: []].append(subscription.id)
    }

    @discardableResult
    mutating func remove(_ id: UInt64) -> RegEventSubscription? {
        guard let old = byID.removeValue(forKey: id) else { return nil }
        if byDialog[old.dialog.id] == id { byDialog[old.dialog.id] = nil }
        bySet[old.setID]?.removeAll { $0 == id }
        if bySet[old.setID]?.isEmpty == true { bySet[old.setID] = nil }
        return old
    }
}
