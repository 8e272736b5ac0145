import IMSCore

/// What the HSS keeps in memory of one subscriber.
struct SubscriberRecord: Hashable, Sendable {
    let id: Int64
    var subscriber: Subscriber
    var registration: Registration
    var sequence: SequenceReservation
    /// Resynchronisations since the last vector handed out without one.
    var resynchronisations = 0
    /// RAND of the vector that answered the last of them, as much as it takes to know it again.
    var resynchronisingRAND: UInt64 = 0
    /// Changes of the registration on their way to the store: while there are any, the store knows another one.
    var unwritten: Int32 = 0
    /// The MME that serves the user in EPS.
    var mme: ServingMME?
}

/// Whom the identities of a request mean: the first two checks of every Cx procedure (TS 29.228 §6.1.1.1, §6.1.2.1, §6.3.1).
enum Identities: Hashable {
    /// One of them does not exist.
    case unknown
    /// They exist but do not belong together.
    case mismatched
    case known(SubscriberRecord, isBarred: Bool)
}

/// All subscribers in memory, found by any identity.
///
/// Identities derived from a SIM are looked up by their digits; only others cost a string. One subscriber needs about
/// 250 bytes. Belongs to the instance: not Sendable, no lock.
final class SubscriberDirectory {
    typealias Slot = Int

    private let home: [UInt8]
    private var slots: [SubscriberRecord?] = []
    private var free: [Slot] = []
    private var byIMSI: [Digits: Slot] = [:]
    private var byMSISDN: [Digits: Slot] = [:]
    private var byPrivateIdentity: [String: Slot] = [:]
    private var byPublicIdentity: [String: Slot] = [:]
    private var names: Set<String> = []
    /// Server names and hosts kept once for all subscribers; beyond this many they are simply not shared.
    static let highestSharedNames = 4096

    /// - Parameter home: the home network's domain, in lower case.
    init(home: String) { self.home = Array(home.utf8) }

    var count: Int { slots.count - free.count }

    /// How many subscribers are in each state. Kept, so that a look at the status of a million costs no walk.
    private(set) var states = [0, 0, 0]

    func count(_ state: Registration.State) -> Int { states[Int(state.rawValue)] }

    /// Subscribers an MME serves.
    private(set) var attached = 0

    private func tally(_ record: SubscriberRecord, _ change: Int) {
        states[Int(record.registration.state.rawValue)] += change
        if record.mme?.isPurged == false { attached += change }
    }

    /// Makes room for so many subscribers with SIMs at once.
    func reserve(_ count: Int) {
        slots.reserveCapacity(count)
        byIMSI.reserveCapacity(count)
        byMSISDN.reserveCapacity(count)
    }

    subscript(slot: Slot) -> SubscriberRecord? { slots[slot] }

    /// Changes the record of a slot if it still is the same subscriber's.
    func update(_ slot: Slot, id: Int64, _ change: (inout SubscriberRecord) -> Void) {
        guard slots.indices.contains(slot), var record = slots[slot], record.id == id else { return }
        tally(record, -1)
        change(&record)
        tally(record, 1)
        slots[slot] = record
    }

    // MARK: Keeping

    /// Adds a subscriber, or takes over what provisioning changed. Registration and counter of a known one stay, unless
    /// its key is a new one: a new SIM begins anew. Returns what was known of the same subscriber.
    @discardableResult
    func store(_ stored: StoredSubscriber) -> SubscriberRecord? {
        var before: SubscriberRecord?
        var record = SubscriberRecord(
            id: stored.id, subscriber: stored.subscriber, registration: shared(stored.registration),
            sequence: SequenceReservation(base: stored.base), mme: stored.mme)
        let subscriber = stored.subscriber
        let slot = slot(imsi: subscriber.imsi, privateIdentity: subscriber.further?.privateIdentity)
        if let slot, let known = slots[slot] {
            if known.id == stored.id {
                before = known
                record.registration = known.registration
                record.unwritten = known.unwritten
                record.mme = known.mme
                if known.subscriber.authentication == subscriber.authentication {
                    record.sequence = known.sequence
                    record.sequence.advance(to: stored.base)
                }
            }
            remove(slot)
        }
        insert(record)
        return before
    }

    func remove(id: Int64, imsi: Digits?, privateIdentity: String?) {
        if let slot = slot(imsi: imsi, privateIdentity: privateIdentity), slots[slot]?.id == id { remove(slot) }
    }

    private func slot(imsi: Digits?, privateIdentity: String?) -> Slot? {
        if let privateIdentity { return byPrivateIdentity[privateIdentity] }
        return imsi.flatMap { byIMSI[$0] }
    }

    private func insert(_ record: SubscriberRecord) {
        let slot = free.popLast() ?? slots.count
        if slot == slots.count { slots.append(record) } else { slots[slot] = record }
        tally(record, 1)
        if let imsi = record.subscriber.imsi { byIMSI[imsi] = slot }
        if let msisdn = record.subscriber.msisdn { byMSISDN[msisdn] = slot }
        if let name = record.subscriber.further?.privateIdentity { byPrivateIdentity[name] = slot }
        for identity in record.subscriber.further?.publicIdentities ?? [] { byPublicIdentity[identity.identity] = slot }
    }

    private func remove(_ slot: Slot) {
        guard let record = slots[slot] else { return }
        slots[slot] = nil
        free.append(slot)
        tally(record, -1)
        if let imsi = record.subscriber.imsi { byIMSI[imsi] = nil }
        if let msisdn = record.subscriber.msisdn, byMSISDN[msisdn] == slot { byMSISDN[msisdn] = nil }
        if let name = record.subscriber.further?.privateIdentity { byPrivateIdentity[name] = nil }
        for identity in record.subscriber.further?.publicIdentities ?? []
        where byPublicIdentity[identity.identity] == slot { byPublicIdentity[identity.identity] = nil }
    }

    /// The registration with its names sharing the storage of equal ones.
    func shared(_ registration: Registration) -> Registration {
        var shared = registration
        shared.serverName = registration.serverName.map(share)
        shared.serverHost = registration.serverHost.map(share)
        return shared
    }

    private func share(_ name: String) -> String {
        if let index = names.firstIndex(of: name) { return names[index] }
        if names.count < SubscriberDirectory.highestSharedNames { names.insert(name) }
        return name
    }

    // MARK: Finding

    /// The first `most` records whose user is registered or kept by an S-CSCF, in the order of the slots, for reports.
    func served(most: Int) -> [SubscriberRecord] {
        var left = min(most, count(.registered) + count(.unregistered))
        var found: [SubscriberRecord] = []
        for slot in slots.indices {
            if left == 0 { break }
            guard let state = slots[slot]?.registration.state, state != .notRegistered, let record = slots[slot] else {
                continue
            }
            found.append(record)
            left -= 1
        }
        return found
    }

    /// By IMSI alone, as EPS names a user.
    func find(imsi: String) -> Slot? { Digits(imsi).flatMap { byIMSI[$0] } }

    func find(privateIdentity: String) -> Slot? {
        if let imsi = derived(privateIdentity.utf8Span.span, 0..<privateIdentity.utf8.count), let slot = byIMSI[imsi],
            slots[slot]?.subscriber.further?.privateIdentity == nil
        {
            return slot
        }
        return IMPI(privateIdentity).flatMap { byPrivateIdentity[$0.text] }
    }

    /// The subscriber of a public identity in any spelling, and whether that identity is barred.
    func find(publicIdentity: String) -> (slot: Slot, isBarred: Bool)? {
        if let found = findDerived(publicIdentity) { return found }
        guard let canonical = IMPU(publicIdentity)?.text else { return nil }
        if canonical != publicIdentity, let found = findDerived(canonical) { return found }
        guard let slot = byPublicIdentity[canonical], let record = slots[slot] else { return nil }
        let member = record.subscriber.further?.publicIdentities.first { $0.identity == canonical }
        return (slot, member?.isBarred ?? false)
    }

    /// Whom a request means: every given identity must exist, and all must be one subscriber's.
    func identities(privateIdentity: String?, publicIdentities: [String]) -> (Identities, Slot?) {
        var owner: Slot?
        var isMismatched = false
        var isBarred = false
        if let privateIdentity {
            guard let slot = find(privateIdentity: privateIdentity) else { return (.unknown, nil) }
            owner = slot
        }
        for identity in publicIdentities {
            guard let found = find(publicIdentity: identity) else { return (.unknown, nil) }
            if let owner, owner != found.slot { isMismatched = true }
            owner = owner ?? found.slot
            isBarred = found.isBarred
        }
        guard let owner, let record = slots[owner] else { return (.unknown, nil) }
        return isMismatched ? (.mismatched, nil) : (.known(record, isBarred: isBarred), owner)
    }

    /// `sip:<imsi>@home`, `sip:+<msisdn>@home` or `tel:+<msisdn>`, without making a string.
    private func findDerived(_ identity: String) -> (slot: Slot, isBarred: Bool)? {
        let bytes = identity.utf8Span.span
        if let rest = Self.rest(of: bytes, behind: "sip:"), let first = rest.first {
            let isNumber = bytes[first] == UInt8(ascii: "+")
            guard let digits = derived(bytes, isNumber ? rest.dropFirst() : rest) else { return nil }
            if isNumber { return byMSISDN[digits].map { ($0, false) } }
            return byIMSI[digits].map { ($0, true) }
        }
        guard let number = Self.rest(of: bytes, behind: "tel:+"), let digits = Digits(bytes, number) else { return nil }
        return byMSISDN[digits].map { ($0, false) }
    }

    /// What follows a scheme.
    private static func rest(of bytes: borrowing Span<UInt8>, behind start: StaticString) -> Range<Int>? {
        let count = start.utf8CodeUnitCount
        guard bytes.count > count else { return nil }
        for index in 0..<count where bytes[index] != start.utf8Start[index] { return nil }
        return count..<bytes.count
    }

    /// The digits of `digits@home`; nil if there is anything else.
    private func derived(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Digits? {
        let start = range.upperBound - home.count
        guard start - 1 > range.lowerBound, bytes[start - 1] == UInt8(ascii: "@") else { return nil }
        for index in home.indices {
            let byte = bytes[start + index]
            let isCapital = byte >= 65 && byte <= 90
            guard home[index] == (isCapital ? byte | 32 : byte) else { return nil }
        }
        return Digits(bytes, range.lowerBound..<start - 1)
    }
}
