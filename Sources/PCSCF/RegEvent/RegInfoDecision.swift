import IMSCore
import SIP

/// What a registration state document means for the contacts registered through this P-CSCF, TS 24.229 §5.2.5.
enum RegInfoDecision {
    /// A registration that ends, and what is said of it.
    struct Ending: Equatable {
        var id: UInt64
        var event: RegInfo.Contact.Event
    }

    /// Contacts the network says are registered no more.
    ///
    /// A contact that is active in the same document stays (the same URI may have been bound again). So does one that has
    /// been registered anew since the registration the document speaks of, by Call-ID and CSeq: a NOTIFY that comes late
    /// must not end what came after it.
    static func endings(_ document: RegInfo, _ registrations: [GmRegistration]) -> [Ending] {
        let contacts = document.registrations.flatMap(\.contacts)
        let active = contacts.filter { $0.state == .active }.compactMap(uri)
        return registrations.compactMap { registration in
            guard !active.contains(where: { $0.isEquivalent(to: registration.contact) }) else { return nil }
            let ended = contacts.first { contact in
                contact.state == .terminated && uri(contact)?.isEquivalent(to: registration.contact) == true
                    && isAbout(contact, registration)
            }
            return ended.map { Ending(id: registration.id, event: $0.event) }
        }
    }

    private static func uri(_ contact: RegInfo.Contact) -> AnyURI? { try? AnyURI(parsing: contact.uri) }

    private static func isAbout(_ contact: RegInfo.Contact, _ registration: GmRegistration) -> Bool {
        guard let callID = contact.callID else { return true }
        guard callID == registration.callID else { return false }
        return contact.cseq.map { registration.cseq <= $0 } ?? true
    }
}
