import AKA
import Diameter
import RoleKit

/// The Cx dialogues: read, decide (pure), then answer at once or after the change is durable.
extension HSS {
    func userAuthorization(_ incoming: IncomingDiameterRequest) {
        guard let request = UserAuthorization.request(incoming.message) else {
            return answer(incoming, .unableToComply)
        }
        let (identities, slot) = directory.identities(
            privateIdentity: request.privateIdentity, publicIdentities: [request.publicIdentity])
        let (decision, change) = UserAuthorization.answer(request, identities, policy)
        if let change { remember(change, of: identities, at: slot) }
        answer(incoming, decision.result) { UserAuthorization.write(decision, to: &$0) }
    }

    func locationInfo(_ incoming: IncomingDiameterRequest) {
        guard let request = LocationInfo.request(incoming.message) else {
            return answer(incoming, .unableToComply)
        }
        let (identities, slot) = directory.identities(
            privateIdentity: nil, publicIdentities: [request.publicIdentity])
        let (decision, change) = LocationInfo.answer(request, identities, policy)
        if let change { remember(change, of: identities, at: slot) }
        answer(incoming, decision.result) { LocationInfo.write(decision, to: &$0) }
    }

    func serverAssignment(_ incoming: IncomingDiameterRequest) {
        guard let request = ServerAssignment.request(incoming.message) else {
            return answer(incoming, .unableToComply)
        }
        let (identities, slot) = directory.identities(
            privateIdentity: request.privateIdentity, publicIdentities: request.publicIdentities)
        let (decision, change) = ServerAssignment.answer(request, identities, policy)
        var subscriber: Subscriber?
        if case .known(let record, _) = identities { subscriber = record.subscriber }
        var message = incoming.message.answer(decision.result, from: node.origin)
        ServerAssignment.write(decision, subscriber, policy, to: &message)
        guard let change, let slot, case .known(let record, _) = identities else {
            return node.answer(incoming, message)
        }
        if decision.result.isSuccess { directory.update(slot, id: record.id) { $0.resynchronisations = 0 } }
        // A re-registration: the store has it like this already.
        if change == record.registration, record.unwritten == 0 { return node.answer(incoming, message) }
        remember(change, of: identities, at: slot, orGoBack: true)
        let answer = message
        start { await $0.answerWhenDurable(incoming, answer) }
    }

    /// A registration must not be forgotten after the S-CSCF was told that it is known: the answer follows the commit.
    private func answerWhenDurable(_ incoming: IncomingDiameterRequest, _ message: DiameterMessage) async {
        if await durable() == nil {
            node.answer(incoming, message)
        } else {
            answer(incoming, .unableToComply)
        }
    }

    func multimediaAuth(_ incoming: IncomingDiameterRequest) {
        guard let request = MultimediaAuth.request(incoming.message) else {
            return answer(incoming, .unableToComply)
        }
        let (identities, slot) = directory.identities(
            privateIdentity: request.privateIdentity, publicIdentities: [request.publicIdentity])
        let (decision, change) = MultimediaAuth.answer(request, identities)
        // The S-CSCF's name is written some time later: if it is lost in a crash, the I-CSCF chooses again.
        if let change { remember(change, of: identities, at: slot) }
        switch decision {
        case .refuse(let result): answer(incoming, result)
        case .digest(let secret): answer(incoming, .success) { MultimediaAuth.write(secret, request, to: &$0) }
        case .aka(let keys, let items, let failure):
            guard let slot, case .known(let record, _) = identities else { return answer(incoming, .unableToComply) }
            fulfil(
                VectorOrder(
                    incoming: incoming, purpose: .ims(request), slot: slot, id: record.id, keys: keys, items: items),
                after: failure)
        }
    }
}

extension HSS {
    /// Changes a registration in memory and queues it for the store.
    private func remember(
        _ registration: Registration, of identities: Identities, at slot: SubscriberDirectory.Slot?,
        orGoBack: Bool = false
    ) {
        guard let slot, case .known(let record, _) = identities else { return }
        let shared = directory.shared(registration)
        directory.update(slot, id: record.id) {
            $0.registration = shared
            $0.unwritten += 1
        }
        let entry = CommitQueue.Entry(
            change: .registration(subscriber: record.id, shared), slot: slot, id: record.id,
            before: orGoBack ? record.registration : nil)
        queue.add(entry, isUrgent: orGoBack)
    }

    // MARK: The writer

    /// Has what gathered written, now or when the pace allows.
    func startWriter() {
        if isDraining { queue.hurry() }
        switch queue.begin(at: ports.clock.now) {
        case .now: start { await $0.write() }
        case .later(let milliseconds): planCommit(after: milliseconds)
        case .nothing: break
        }
    }

    /// Waits until everything queued so far is durable.
    func durable() async -> StoreError? {
        await withUnsafeContinuation {
            queue.wait($0)
            startWriter()
        }
    }

    /// Writes one batch.
    private func write() async {
        let batch = queue.take()
        let error = await commit(batch.entries)
        for entry in batch.entries.reversed() { settle(entry, isDurable: error == nil) }
        for waiting in batch.waiting { waiting.resume(returning: error) }
        queue.end()
        startWriter()
    }

    private func commit(_ entries: [CommitQueue.Entry]) async -> StoreError? {
        if entries.isEmpty { return nil }
        do throws(StoreError) {
            try await store.commit(CommitQueue.changes(entries))
            return nil
        } catch {
            counts.databaseFailures += 1
            ports.log.error(
                "subscriber data could not be written",
                [
                    (.reason, error.detail), (.count, "\(entries.count)"),
                    (.cure, "check free space and permissions of \(config.database)"),
                ])
            return error
        }
    }

    /// After a batch: reservations widen, or what the S-CSCF was never told is taken back, last change first.
    private func settle(_ entry: CommitQueue.Entry, isDurable: Bool) {
        switch entry.change {
        case .sequence(_, let base):
            directory.update(entry.slot, id: entry.id) { $0.sequence.extended(to: base, isDurable: isDurable) }
        // Whoever waits for it goes back by itself; nobody waits for a purge.
        case .servingMME: break
        case .registration(_, let written):
            let before = isDurable ? nil : entry.before
            directory.update(entry.slot, id: entry.id) { record in
                record.unwritten = max(0, record.unwritten - 1)
                if let before, record.registration == written { record.registration = before }
            }
            if let before { queue.rebase(entry.id, from: written, to: before) }
        }
    }
}
