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
        if before.map(\.number) == now.map(\.number) { return }
        // The MME puts a profile sent whole in place of its own (§5.2.2.1.3); Open5GS's takes neither a part of one nor DSR.
        withdrawsAll = now.isEmpty
        inserted.hasAccessPoints = !now.isEmpty
    }
}
