import AKA
import Diameter
import RoleKit

/// The S6a dialogues (TS 29.272 §5.2): read, decide (pure), then answer at once or after the change is durable.
///
/// Supported-Features are not judged: an MME says what it could do (§7.2.3), and freeDiameter's sets the M bit whatever
/// it means by it. The ULA says that nothing of it is had here.
extension HSS {
    func serveS6a(_ incoming: IncomingDiameterRequest) {
        switch incoming.message.command {
        case S6aCommands.authenticationInformation: authenticationInformation(incoming)
        case S6aCommands.updateLocation: updateLocation(incoming)
        case S6aCommands.purgeUE: purgeUE(incoming)
        case S6aCommands.notify: notify(incoming)
        default: answer(incoming, .base(.commandUnsupported))
        }
    }

    /// The record of an IMSI as User-Name has it (TS 29.272 §5.2.1.1.1).
    private func find(imsi: String?) -> (record: SubscriberRecord, slot: SubscriberDirectory.Slot)? {
        guard let imsi, let slot = directory.find(imsi: imsi), let record = directory[slot] else { return nil }
        return (record, slot)
    }

    private func authenticationInformation(_ incoming: IncomingDiameterRequest) {
        guard let request = AuthenticationInformation.request(incoming.message) else {
            return answer(incoming, .unableToComply)
        }
        let found = find(imsi: request.imsi)
        switch AuthenticationInformation.answer(request, found?.record) {
        case .refuse(let result): answer(incoming, result)
        case .vectors(let keys, let network, let items, let failure):
            guard let (record, slot) = found else { return answer(incoming, .unableToComply) }
            fulfil(
                VectorOrder(
                    incoming: incoming, purpose: .eps(network, imsi: request.imsi), slot: slot, id: record.id,
                    keys: keys, items: items),
                after: failure)
        }
    }

    private func updateLocation(_ incoming: IncomingDiameterRequest) {
        guard let request = UpdateLocation.request(incoming.message) else { return answer(incoming, .unableToComply) }
        let found = find(imsi: request.imsi)
        switch UpdateLocation.answer(request, found?.record, config.epsSubscription) {
        case .refuse(let result):
            answer(incoming, result) {
                if result == .experimental(.unknownEPSSubscription) {
                    $0.add(S6a.errorDiagnostic, .noGPRSDataSubscribed)
                }
            }
        case .serve(let mme, let sendsData, let cancelled):
            guard let (record, slot) = found else { return answer(incoming, .unableToComply) }
            var message = incoming.message.answer(CxResult.success, from: node.origin)
            SupportedFeatures.answer(incoming.message, in: &message)
            message.add(S6a.ulaFlags, UpdateLocation.separationIndication)
            // An attach at the MME it was at: the store has it like this already.
            if record.mme == mme {
                return complete(incoming, message, record, mme, sendsData: sendsData)
            }
            remember(mme, of: record, at: slot, isUrgent: true)
            let answer = message
            start {
                guard await $0.isStored(mme, in: slot, record.id, orBack: record.mme) else {
                    return $0.answer(incoming, .unableToComply)
                }
                let now = $0.directory[slot].flatMap { $0.id == record.id ? $0 : nil }
                $0.complete(incoming, answer, now ?? record, mme, sendsData: sendsData)
                // Who has gone back to it meanwhile stays.
                if let cancelled, let imsi = record.subscriber.imsi, now?.mme?.isHost(cancelled.host) != true {
                    $0.tell(MMENews(cancellation: .init(type: .mmeUpdateProcedure)), about: imsi, at: cancelled)
                }
            }
        }
    }

    /// The ULA has what is true when it leaves, and what the MME was still to be told is in it. A CLR that waits for a
    /// user who has come back is out of date in any case.
    private func complete(
        _ incoming: IncomingDiameterRequest, _ answer: DiameterMessage, _ record: SubscriberRecord, _ mme: ServingMME,
        sendsData: Bool
    ) {
        var answer = answer
        if sendsData {
            answer.add(S6a.subscriptionData, SubscriptionData.group(record.subscriber, config.epsSubscription))
        }
        if let imsi = record.subscriber.imsi { drop(MMEErrands.Key(imsi, mme), keepsData: !sendsData) }
        node.answer(incoming, answer)
    }

    /// The answer follows the commit, or an HSS started anew would not know whom to cancel. False if nothing changes.
    private func isStored(
        _ mme: ServingMME, in slot: SubscriberDirectory.Slot, _ id: Int64, orBack last: ServingMME?
    ) async -> Bool {
        locating.insert(ObjectIdentifier(mme))
        defer { locating.remove(ObjectIdentifier(mme)) }
        if await durable() == nil { return true }
        directory.update(slot, id: id) { if $0.mme === mme { $0.mme = last } }
        return false
    }

    private func purgeUE(_ incoming: IncomingDiameterRequest) {
        let found = find(imsi: incoming.message[Base.userName])
        let (result, flags, mme) = PurgeUE.answer(found?.record, host: incoming.message[Base.originHost] ?? "")
        // A purge lost in a crash costs one CLR to an MME that does not know the subscriber.
        if let mme, let (record, slot) = found {
            remember(mme, of: record, at: slot, isUrgent: false)
            if let imsi = record.subscriber.imsi { drop(MMEErrands.Key(imsi, mme)) }
        }
        answer(incoming, result) { if result.isSuccess { $0.add(S6a.puaFlags, flags) } }
    }

    private func notify(_ incoming: IncomingDiameterRequest) {
        let found = find(imsi: incoming.message[Base.userName])
        answer(incoming, Notify.answer(found?.record, host: incoming.message[Base.originHost] ?? ""))
    }

    func remember(
        _ mme: ServingMME, of record: SubscriberRecord, at slot: SubscriberDirectory.Slot, isUrgent: Bool
    ) {
        directory.update(slot, id: record.id) { $0.mme = mme }
        queue.add(
            CommitQueue.Entry(change: .servingMME(subscriber: record.id, mme), slot: slot, id: record.id),
            isUrgent: isUrgent)
    }
}
