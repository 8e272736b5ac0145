import IMSCore
import RoleKit
import SIP

/// A contact bound to an implicit registration set, RFC 3261 §10.3 and TS 24.229 §5.4.1.2.2F.
struct Binding: Sendable {
    /// Never used twice; timers carry it.
    var serial: UInt64
    /// Who registered it.
    var impi: IMPI
    var address: NameAddress
    var flow: OutboundFlow?
    var path: [String]
    /// Where the topmost Path value leads: calls for this contact go there, and what its user sends comes from that host.
    var neighbour: SocketAddress?
    var callID: String
    var cseq: UInt32
    var expiry: Moment
    var timer: TimerID
    /// The identity it was registered with, and what happened to it last: for reginfo, TS 24.229 §5.4.2.1.2.
    var impu: IMPU?
    var event = RegInfo.Contact.Event.registered

    /// Whether a Contact value of this private identity means this binding: by instance and reg-id where both have them
    /// (RFC 5626 §6), else by URI comparison (RFC 3261 §10.3). Private identities that share a public one do not touch
    /// each other's contacts.
    func matches(_ contact: RequestedContact, of impi: IMPI) -> Bool {
        guard self.impi == impi else { return false }
        if let flow, let other = contact.flow { return flow == other }
        return address.uri.isEquivalent(to: contact.address.uri)
    }

    /// Seconds until it lapses, rounded up: what a Contact's `expires` says.
    func remainingSeconds(at now: Moment) -> Int { (expiry.milliseconds(since: now) + 999) / 1000 }
}
