import Diameter
import RoleKit

/// What MMEs have to be told of one subscriber: CLR, DSR and IDR (TS 29.272 §5.2.1.2, §5.2.2). What is told is read
/// from the subscriber's record when it leaves, so news that waits is never old.
struct MMENews: Hashable, Sendable {
    /// CLR; beside it nothing else matters.
    struct Cancellation: Hashable, Sendable {
        var type: S6a.CancellationType
        /// The UE is to attach anew at once (§7.3.152).
        var wantsReattach = false
    }

    var cancellation: Cancellation?
    /// DSR: no access point is left.
    var withdrawsAll = false
    /// IDR.
    var inserted = SubscriptionData.Selection()

    var isEmpty: Bool { cancellation == nil && !withdrawsAll && inserted.isEmpty }

    /// One dialogue, in the order they are to be had: data goes before other data takes its place.
    enum Dialogue: Hashable, Sendable {
        case cancelLocation(Cancellation)
        case deleteAllAccessPoints
        case insertSubscriberData(SubscriptionData.Selection)
    }

    var next: Dialogue? {
        if let cancellation { return .cancelLocation(cancellation) }
        if withdrawsAll { return .deleteAllAccessPoints }
        return inserted.isEmpty ? nil : .insertSubscriberData(inserted)
    }

    /// Later news on top of this.
    mutating func add(_ later: MMENews) {
        if later.cancellation != nil { self = later }
        if cancellation != nil { return }
        if later.withdrawsAll {
            (withdrawsAll, inserted.hasAccessPoints) = (true, false)
        } else if later.inserted.hasAccessPoints {
            withdrawsAll = false
        }
        inserted.add(later.inserted)
    }

    /// The dialogue was had.
    mutating func remove(_ done: Dialogue) {
        switch done {
        case .cancelLocation: self = MMENews()
        case .deleteAllAccessPoints: withdrawsAll = false
        case .insertSubscriberData: inserted = SubscriptionData.Selection()
        }
    }
}

/// News on its way to MMEs, each subscriber's in its order: one dialogue with one MME about one subscriber at a time.
///
/// What an MME out of reach does not hear waits until a Diameter peer opens, or for a while, since an MME behind an agent
/// comes back unseen, for a day: an MME may have been retired. What an MME hears and does not answer is said again after
/// pauses that double, and given up after `highestAttempts`. An HSS started anew has forgotten it: the MME then learns
/// with its next ULR, whose ULA has all data or says that the subscriber is unknown. Belongs to the instance; pure.
struct MMEErrands {
    struct Key: Hashable, Sendable {
        var imsi: Digits
        /// In lower case (RFC 6733 §4.3.1).
        var host: String

        init(_ imsi: Digits, _ mme: ServingMME) {
            self.imsi = imsi
            host = mme.host.lowercased()
        }
    }

    /// How a dialogue ended.
    enum Outcome: Hashable, Sendable {
        case had
        /// The MME does not know the subscriber (any more): it need not be told anything.
        case userUnknown
        /// The MME, or a node on the way, will not do it, and would not if asked again.
        case refused
        /// Nothing was sent: there was nothing to be said any more.
        case moot
        /// It was sent, and there was no answer or one that this passes.
        case failed
        /// There is no way to the MME.
        case unreachable
    }

    private struct Errand {
        var mme: ServingMME
        var news: MMENews
        /// In the order they came.
        var number: UInt64
        var attempts = 0
        /// Since when there has been no way to the MME.
        var unreachableSince: Moment?
        var state = State.ready
        /// Came while a dialogue is under way.
        var later: MMENews?
        var isDropped = false

        var wasPutOff = false

        enum State: Hashable { case ready, underWay, waiting(until: Moment) }

        var isAway: Bool {
            if case .waiting = state { unreachableSince != nil } else { false }
        }
    }

    /// Subscribers with news, attached at MMEs that do not take it; beyond this nothing more is kept for them.
    static let highestCount = 10_000
    /// Dialogues at a time: an MME that comes back gets what waits for it bit by bit.
    static let highestUnderWay = 64
    static let highestAttempts = 6
    static let shortestPauseMilliseconds = 10_000
    /// Until it is looked whether an MME can be reached again.
    static let unreachableMilliseconds = 600_000
    /// Until an MME out of reach counts as one that does not come back.
    static let patienceMilliseconds = 86_400_000

    private var errands: [Key: Errand] = [:]
    private var ready: [Key] = []
    /// Before this, `ready` has been read.
    private var head = 0
    private var nextNumber: UInt64 = 0
    private(set) var underWay = 0

    var count: Int { errands.count }
    func has(_ key: Key) -> Bool { errands[key] != nil }
    /// What the dialogue under way was to say is not true any more.
    func isDropped(_ key: Key) -> Bool { errands[key]?.isDropped == true }
    /// When the first pause is over.
    var due: Moment? {
        errands.values.compactMap { if case .waiting(let due) = $0.state { due } else { nil } }.min()
    }

    /// How news was taken.
    enum Addition: Hashable {
        case added
        /// Others, out of reach for longest, had to make room.
        case inPlaceOf(Int)
        case noRoom
    }

    mutating func add(_ news: MMENews, _ key: Key, _ mme: ServingMME) -> Addition {
        if news.isEmpty { return .added }
        if var errand = errands[key] {
            errand.mme = mme
            if errand.state == .underWay {
                var later = errand.later ?? MMENews()
                later.add(news)
                errand.later = later
            } else {
                errand.news.add(news)
            }
            errands[key] = errand
            return .added
        }
        let evicted = errands.count < MMEErrands.highestCount ? 0 : makeRoom()
        guard errands.count < MMEErrands.highestCount else { return .noRoom }
        errands[key] = Errand(mme: mme, news: news, number: nextNumber)
        nextNumber += 1
        ready.append(key)
        return evicted == 0 ? .added : .inPlaceOf(evicted)
    }

    /// Gives up a tenth, the oldest of those whose MMEs are out of reach: many at a time, since looking for them takes
    /// a walk.
    private mutating func makeRoom() -> Int {
        let away = errands.filter { $0.value.isAway }.sorted { $0.value.number < $1.value.number }
        let evicted = away.prefix(MMEErrands.highestCount / 10)
        for (key, _) in evicted { errands[key] = nil }
        return evicted.count
    }

    /// The MME has learned everything by itself, or serves the subscriber no more; or it serves it again, with the data
    /// it had, and only a cancellation is out of date.
    mutating func drop(_ key: Key, keepsData: Bool = false) {
        guard let errand = errands[key] else { return }
        if keepsData, errand.news.cancellation == nil, errand.later?.cancellation == nil { return }
        if errand.state == .underWay {
            errands[key]?.isDropped = true
            errands[key]?.later = nil
        } else {
            errands[key] = nil
        }
    }

    /// The next whose turn it is; a dialogue of it is under way from now on.
    mutating func next() -> (key: Key, mme: ServingMME, dialogue: MMENews.Dialogue)? {
        while underWay < MMEErrands.highestUnderWay, let key = nextReady() {
            guard let errand = errands[key], errand.state == .ready, let dialogue = errand.news.next else { continue }
            errands[key]?.state = .underWay
            underWay += 1
            return (key, errand.mme, dialogue)
        }
        return nil
    }

    private mutating func nextReady() -> Key? {
        guard head < ready.count else { return nil }
        defer {
            head += 1
            if head * 2 >= ready.count {
                ready.removeFirst(head)
                head = 0
            }
        }
        return ready[head]
    }

    /// What is to be done about a dialogue that ended.
    enum Ending: Hashable {
        case settled
        /// Tried again after so many milliseconds, or when a peer opens.
        case later(milliseconds: Int, isFirst: Bool)
        case givenUp
    }

    mutating func end(_ key: Key, _ dialogue: MMENews.Dialogue, _ outcome: Outcome, at now: Moment) -> Ending {
        underWay -= 1
        guard var errand = errands.removeValue(forKey: key) else { return .settled }
        var ending = Ending.settled
        if errand.isDropped { errand.news = MMENews() }
        errand.isDropped = false
        if outcome != .unreachable { errand.unreachableSince = nil }
        switch outcome {
        case .had, .refused, .moot: errand.news.remove(dialogue)
        case .userUnknown: errand.news = MMENews()
        case .failed:
            errand.attempts += 1
            let pause = MMEErrands.shortestPauseMilliseconds << (errand.attempts - 1)
            ending = .givenUp
            if errand.attempts < MMEErrands.highestAttempts {
                ending = .later(milliseconds: pause, isFirst: !errand.wasPutOff)
            }
        case .unreachable:
            let since = errand.unreachableSince ?? now
            errand.unreachableSince = since
            ending = .givenUp
            if now.milliseconds(since: since) < MMEErrands.patienceMilliseconds {
                ending = .later(milliseconds: MMEErrands.unreachableMilliseconds, isFirst: !errand.wasPutOff)
            }
        }
        if ending == .givenUp { (errand.news, errand.attempts, errand.unreachableSince) = (MMENews(), 0, nil) }
        if let later = errand.later { errand.news.add(later) }
        errand.later = nil
        if errand.news.isEmpty { return ending == .givenUp ? ending : .settled }
        if case .later(let pause, _) = ending {
            errand.wasPutOff = true
            errand.state = .waiting(until: now.advanced(byMilliseconds: pause))
        } else {
            errand.state = .ready
            ready.append(key)
        }
        errands[key] = errand
        return ending
    }

    /// A Diameter peer has opened: what waits for a way is tried; who did not answer has its pause.
    mutating func peerOpened() { wake { errand, _ in errand.isAway } }

    /// An operator asks for it.
    mutating func hurry(_ key: Key) {
        guard case .waiting = errands[key]?.state else { return }
        errands[key]?.state = .ready
        ready.append(key)
    }

    /// A pause may be over.
    mutating func pauseOver(at now: Moment) {
        wake { _, due in due <= now }
    }

    private mutating func wake(_ isDue: (Errand, Moment) -> Bool) {
        var woken: [(number: UInt64, key: Key)] = []
        for (key, errand) in errands {
            if case .waiting(let due) = errand.state, isDue(errand, due) { woken.append((errand.number, key)) }
        }
        for (_, key) in woken.sorted(by: { $0.number < $1.number }) {
            errands[key]?.state = .ready
            ready.append(key)
        }
    }
}
