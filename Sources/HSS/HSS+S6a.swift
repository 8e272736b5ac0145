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
        case .serve(let subscriber, let mme, let sendsData, let cancelled):
            guard let (record, slot) = found else { return answer(incoming, .unableToComply) }
            var message = incoming.message.answer(CxResult.success, from: node.origin)
            SupportedFeatures.answer(incoming.message, in: &message)
            message.add(S6a.ulaFlags, UpdateLocation.separationIndication)
            if sendsData {
                message.add(S6a.subscriptionData, SubscriptionData.group(subscriber, config.epsSubscription))
            }
            // An attach at the MME it was at: the store has it like this already.
            let key = Digits(request.imsi).map { MMEErrands.Key($0, mme) }
            if record.mme == mme {
                // What it was still to be told is in the answer.
                if let key, sendsData { errands.drop(key) }
                return node.answer(incoming, message)
            }
            remember(mme, of: record, at: slot, isUrgent: true)
            let answer = message
            start {
                let isServed = await $0.serve(incoming, answer, from: record.mme, to: mme, record.id, slot)
                guard isServed, let key else { return }
                // A CLR for a user who has come back.
                $0.errands.drop(key)
                if let cancelled {
                    $0.tell(MMENews(cancellation: .init(type: .mmeUpdateProcedure)), about: key.imsi, at: cancelled)
                }
            }
        }
    }

    /// The answer follows the commit, or an HSS started anew would not know whom to cancel. False if nothing changes.
    private func serve(
        _ incoming: IncomingDiameterRequest, _ message: DiameterMessage, from last: ServingMME?, to mme: ServingMME,
        _ id: Int64, _ slot: SubscriberDirectory.Slot
    ) async -> Bool {
        if await durable() == nil {
            node.answer(incoming, message)
            return true
        }
        directory.update(slot, id: id) { if $0.mme === mme { $0.mme = last } }
        answer(incoming, .unableToComply)
        return false
    }

    private func purgeUE(_ incoming: IncomingDiameterRequest) {
        let found = find(imsi: incoming.message[Base.userName])
        let (result, flags, mme) = PurgeUE.answer(found?.record, host: incoming.message[Base.originHost] ?? "")
        // A purge lost in a crash costs one CLR to an MME that does not know the subscriber.
        if let mme, let (record, slot) = found {
            remember(mme, of: record, at: slot, isUrgent: false)
            if let imsi = record.subscriber.imsi { errands.drop(MMEErrands.Key(imsi, mme)) }
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
