import Diameter
public import RoleKit

/// The dialogues this HSS begins: CLR, DSR and IDR (TS 29.272 §5.2.1.2, §5.2.2), said until they are answered.
extension HSS {
    /// Lets an MME know, now or when it can be reached.
    func tell(_ news: MMENews, about imsi: Digits, at mme: ServingMME) {
        if mme.isPurged { return }
        switch errands.add(news, MMEErrands.Key(imsi, mme), mme) {
        case .added: break
        case .inPlaceOf(let count):
            ports.log.warning("MMEs out of reach are told no more: too many wait", [(.count, "\(count)")])
        case .noRoom:
            ports.log.warning(
                "MME was not told: too many wait", [(.impi, imsi.description), (.peer, mme.host)])
        }
        runErrands()
    }

    /// Begins what may be begun; cheap where there is nothing.
    func runErrands() {
        if isDraining { return }
        if node.openings != openingsSeen {
            openingsSeen = node.openings
            errands.peerOpened()
        }
        while let (key, mme, dialogue) = errands.next() { start { await $0.hold(dialogue, key, mme) } }
    }

    private func hold(_ dialogue: MMENews.Dialogue, _ key: MMEErrands.Key, _ mme: ServingMME) async {
        let (outcome, words) =
            errands.isDropped(key) ? (.moot, "the MME has just asked itself") : await say(dialogue, key.imsi, mme)
        let endsService = outcome == .userUnknown || outcome == .had && dialogue.endsService
        if endsService, !errands.isDropped(key) { forget(key, mme) }
        let ending = errands.end(key, dialogue, outcome, at: ports.clock.now)
        report(ending, dialogue, outcome, words, key.imsi, mme)
        if case .later(let pause, _) = ending { planErrands(at: ports.clock.now.advanced(byMilliseconds: pause)) }
        if ending != .settled || !errands.has(key) {
            settle(
                key,
                OrderOutcome(
                    isDone: outcome == .had, words: "\(dialogue.name): \(words)", isTriedAgain: errands.has(key)))
        }
        runErrands()
    }

    private func say(
        _ dialogue: MMENews.Dialogue, _ imsi: Digits, _ mme: ServingMME
    ) async -> (outcome: MMEErrands.Outcome, words: String) {
        guard let message = message(dialogue, imsi, mme) else { return (.moot, "nothing to say any more") }
        do throws(DiameterFailure) {
            let result = try await node.ask(message).result
            return (MMEErrands.Outcome(result), result?.description ?? "an answer without a result")
        } catch {
            let isUnreachable =
                switch error {
                case .noPeer, .closing: true
                case .timeout, .peerLost, .tooManyPending: false
                }
            return (isUnreachable ? .unreachable : .failed, "\(error)")
        }
    }

    /// nil where the subscriber has gone, so that there is nothing to be inserted any more.
    private func message(_ dialogue: MMENews.Dialogue, _ imsi: Digits, _ mme: ServingMME) -> DiameterMessage? {
        var message = node.request(dialogue.command, application: Application.s6a)
        message[Base.destinationHost] = mme.host
        message[Base.destinationRealm] = mme.realm
        message.add(Base.userName, imsi.description)
        switch dialogue {
        case .cancelLocation(let cancellation):
            message.add(S6a.cancellationType, cancellation.type)
            message.add(S6a.clrFlags, cancellation.flags)
        case .deleteAllAccessPoints: message.add(S6a.dsrFlags, MMENews.completeProfileWithdrawal)
        case .insertSubscriberData(let selection):
            guard let slot = directory.find(imsi: imsi.description), let record = directory[slot] else { return nil }
            let data = SubscriptionData.group(record.subscriber, config.epsSubscription, selection)
            message.add(S6a.subscriptionData, data)
            message.add(S6a.idrFlags, 0)
        }
        return message
    }

    /// The MME has no such subscriber: as after a purge, it need not be told of changes (§5.2.1.3).
    ///
    /// Who has come back to it meanwhile, or was removed and added anew, has another `ServingMME`; who is just coming
    /// back has a ULR under way.
    private func forget(_ key: MMEErrands.Key, _ mme: ServingMME) {
        guard let slot = directory.find(imsi: key.imsi.description), let record = directory[slot],
            record.mme === mme, !mme.isPurged, !locating.contains(ObjectIdentifier(mme))
        else { return }
        remember(mme.purged, of: record, at: slot, isUrgent: false)
    }

    private func report(
        _ ending: MMEErrands.Ending, _ dialogue: MMENews.Dialogue, _ outcome: MMEErrands.Outcome, _ words: String,
        _ imsi: Digits, _ mme: ServingMME
    ) {
        let fields: [(LogKey, String)] = [
            (.impi, imsi.description), (.peer, mme.host), (.command, dialogue.name), (.reason, words),
            (.clause, dialogue.clause),
        ]
        switch (ending, outcome) {
        case (_, .refused): ports.log.warning("MME did not do what it was told", fields)
        case (_, .had): ports.log.info("MME was told", fields)
        case (_, .userUnknown): ports.log.notice("MME does not know the subscriber", fields)
        case (_, .moot), (.settled, _): ports.log.info("MME need not be told any more", fields)
        case (.later(_, isFirst: true), _): ports.log.notice("MME could not be told, is told later", fields)
        case (.later, _): ports.log.info("MME could not be told, is told later", fields)
        case (.givenUp, _): ports.log.warning("MME could not be told", fields)
        }
    }

    private func planErrands(at due: Moment) {
        if let errandTimer {
            if errandTimer.due <= due { return }
            ports.timers.cancel(errandTimer.id)
        }
        let wait = due.milliseconds(since: ports.clock.now) + 1
        let token = TimerToken(.role, kind: TimerKind.errands, id: 0)
        errandTimer = (ports.timers.start(afterMilliseconds: wait, token), due)
    }

    func errandsDue() {
        errandTimer = nil
        let now = ports.clock.now
        errands.pauseOver(at: now)
        // It walks through all that wait: not more than once a second.
        if let due = errands.due { planErrands(at: max(due, now.advanced(byMilliseconds: 1_000))) }
    }

    // MARK: What provisioning changed

    /// A subscriber that provisioning has changed.
    func changed(_ before: SubscriberRecord, to subscriber: Subscriber) {
        guard let mme = before.mme, let imsi = before.subscriber.imsi else { return }
        tell(MMENews(from: before.subscriber, to: subscriber, config.epsSubscription), about: imsi, at: mme)
    }

    /// A subscriber that provisioning removes may not stay attached.
    func withdraw(id: Int64, imsi: Digits?) {
        guard let imsi, let slot = directory.find(imsi: imsi.description), let record = directory[slot],
            record.id == id, let mme = record.mme
        else { return }
        tell(MMENews(cancellation: .init(type: .subscriptionWithdrawal)), about: imsi, at: mme)
    }

    // MARK: The operator's orders

    public func obey(_ order: OperatorOrder) async -> Result<Report, OrderRefusal> {
        if isDraining { return .failure(OrderRefusal("the HSS is being stopped")) }
        let (text, news) = MMENews.ordered(order)
        guard let slot = find(text), let record = directory[slot] else {
            return .failure(OrderRefusal("no subscriber \(text) – `imsbox subscriber list` shows who there is"))
        }
        guard let imsi = record.subscriber.imsi, let mme = record.mme, !mme.isPurged else {
            return .failure(OrderRefusal("no MME serves \(text): it is not attached"))
        }
        let key = MMEErrands.Key(imsi, mme)
        errands.hurry(key)
        let outcome = await withUnsafeContinuation { continuation in
            orders[key, default: []].append(continuation)
            tell(news, about: imsi, at: mme)
            if !errands.has(key) { settle(key, OrderOutcome(isDone: false, words: "too many MMEs are to be told")) }
        }
        return .success(
            .object([
                ("imsi", .text(imsi.description)), ("mme", .text(mme.host)), ("result", .text(outcome.words)),
                ("done", .flag(outcome.isDone)), ("tried-again", .flag(outcome.isTriedAgain)),
            ]))
    }

    /// The MME has asked itself, so that it need not be told.
    func drop(_ key: MMEErrands.Key, keepsData: Bool = false) {
        errands.drop(key, keepsData: keepsData)
        if !errands.has(key) { settle(key, OrderOutcome(isDone: false, words: "the MME has just asked itself")) }
    }

    /// Lets those go who wait for what came of an order.
    func settle(_ key: MMEErrands.Key, _ outcome: OrderOutcome) {
        for waiting in orders.removeValue(forKey: key) ?? [] { waiting.resume(returning: outcome) }
    }
}

/// What came of an operator's order.
struct OrderOutcome: Sendable {
    var isDone: Bool
    var words: String
    var isTriedAgain = false
}

extension MMENews {
    /// DSR-Flags (TS 29.272 §7.3.25): bit 1, the complete APN configuration profile.
    static let completeProfileWithdrawal: UInt32 = 1 << 1

    static func ordered(_ order: OperatorOrder) -> (identity: String, MMENews) {
        switch order {
        case .push(let identity): (identity, MMENews(inserted: .everything))
        case .detach(let identity, let reattach):
            (identity, MMENews(cancellation: Cancellation(type: .subscriptionWithdrawal, wantsReattach: reattach)))
        }
    }
}

extension MMENews.Cancellation {
    /// CLR-Flags (TS 29.272 §7.3.152): bit 0, meant for the MME of a combined node; bit 1, reattach.
    fileprivate var flags: UInt32 { wantsReattach ? 3 : 1 }
}

extension MMENews.Dialogue {
    fileprivate var command: UInt32 {
        switch self {
        case .cancelLocation: S6aCommands.cancelLocation
        case .deleteAllAccessPoints: S6aCommands.deleteSubscriberData
        case .insertSubscriberData: S6aCommands.insertSubscriberData
        }
    }

    fileprivate var name: String {
        switch self {
        case .cancelLocation: "Cancel-Location"
        case .deleteAllAccessPoints: "Delete-Subscriber-Data"
        case .insertSubscriberData: "Insert-Subscriber-Data"
        }
    }

    fileprivate var clause: String {
        switch self {
        case .cancelLocation: "TS 29.272 §5.2.1.2"
        case .deleteAllAccessPoints: "TS 29.272 §5.2.2.2"
        case .insertSubscriberData: "TS 29.272 §5.2.2.1"
        }
    }

    /// Whether the MME serves the subscriber no more afterwards.
    fileprivate var endsService: Bool {
        if case .cancelLocation = self { true } else { false }
    }
}

extension MMEErrands.Outcome {
    /// Agents without a way to the MME, other MMEs of its realm among them (RFC 6733 §7.1.3), and busy nodes pass; what
    /// else is refused would be again.
    fileprivate init(_ result: DiameterResult?) {
        switch result {
        case .experimental(.userUnknown): self = .userUnknown
        case .base(.unableToDeliver), .base(.realmNotServed), .base(.loopDetected), .base(.unknownPeer):
            self = .unreachable
        case .base(.tooBusy): self = .failed
        case .base(let code) where code.rawValue / 1_000 == 4: self = .failed
        case .experimental(let other) where other.code / 1_000 == 4: self = .failed
        case .some(let other) where other.isSuccess: self = .had
        case .base, .experimental, nil: self = .refused
        }
    }
}
