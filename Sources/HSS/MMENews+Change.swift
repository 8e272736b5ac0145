import Diameter

extension MMENews {
    /// What the serving MME has to learn of a subscriber that provisioning changed (TS 29.272 §5.2.2).
    ///
    /// A number that is gone stays with the MME until its next ULA: neither IDR nor DSR can take it back (§7.3.25 knows
    /// additional numbers alone).
    init(from old: Subscriber, to new: Subscriber, _ subscription: EPSSubscription) {
        guard case .aka = new.authentication, old.imsi == new.imsi else {
            cancellation = Cancellation(type: .subscriptionWithdrawal)
            return
        }
        inserted.hasMSISDN = new.msisdn != nil && new.msisdn != old.msisdn
        let (before, now) = (subscription.accessPoints(of: old), subscription.accessPoints(of: new))
        // The default access point is not one to be deleted: another profile takes the place of the whole.
        guard before.first?.number == now.first?.number else {
            withdrawsAll = now.isEmpty
            inserted.accessPoints = now.isEmpty ? .none : .all
            return
        }
        withdrawn = before.map(\.number).filter { number in !now.contains { $0.number == number } }.sorted()
        let added = now.map(\.number).filter { number in !before.contains { $0.number == number } }.sorted()
        if !added.isEmpty { inserted.accessPoints = .some(added) }
    }
}
