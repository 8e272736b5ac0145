import IMSCore
import RoleKit
import SIP

/// The registration state of an implicit set as a document, TS 24.229 §5.4.2.1.2 and RFC 3680 §5.
///
/// Every document is a full one: it can be understood by itself, whatever was lost before. A contact that has gone is in
/// one document as `terminated` and in none after it, so that a phone never sees two contacts of its own as active.
enum RegInfoContent {
    /// - Parameters:
    ///   - isRegistered: false once the last contact has gone.
    ///   - gone: contacts to be shown as terminated.
    static func document(
        version: UInt32, _ set: RegistrationSet, isRegistered: Bool, gone: [GoneContact], at now: Moment
    ) -> RegInfo {
        let registrations = set.profile.usableIdentities.compactMap { identity -> RegInfo.Registration? in
            guard let impu = IMPU(identity.identity) else { return nil }
            let id = registrationID(impu)
            let active = isRegistered ? set.bindings.map { contact($0, of: impu, id, at: now) } : []
            let terminated = gone.map { contact($0, id) }
            return RegInfo.Registration(
                aor: identity.identity, id: id, state: isRegistered ? .active : .terminated,
                contacts: active + terminated)
        }
        return RegInfo(version: version, registrations: registrations)
    }

    /// The same for an identity in every document, whatever else is in the set.
    private static func registrationID(_ impu: IMPU) -> String {
        var hash = KeyHash(seed: (0, 0))
        let bytes = Array(impu.text.utf8)
        hash.add(bytes, 0..<bytes.count)
        return "r" + Hex.text(hash.finish().low)
    }

    private static func contact(
        _ binding: Binding, of impu: IMPU, _ id: String, at now: Moment
    ) -> RegInfo.Contact {
        var contact = contact(binding, id, .active, event(of: binding, for: impu))
        contact.expires = binding.remainingSeconds(at: now)
        return contact
    }

    private static func contact(_ gone: GoneContact, _ id: String) -> RegInfo.Contact {
        contact(gone.binding, id, .terminated, gone.event)
    }

    /// §5.4.2.1.2: the identity that was registered says so; those registered with it were created.
    private static func event(of binding: Binding, for impu: IMPU) -> RegInfo.Contact.Event {
        binding.event == .registered && binding.impu != impu ? .created : binding.event
    }

    private static func contact(
        _ binding: Binding, _ id: String, _ state: RegInfo.Contact.State, _ event: RegInfo.Contact.Event
    ) -> RegInfo.Contact {
        let address = binding.address
        var contact = RegInfo.Contact(
            id: "\(id)-\(binding.serial)", state: state, event: event, uri: address.uri.description)
        contact.displayName = address.display
        contact.q = address.params["q"]
        contact.callID = binding.callID
        contact.cseq = binding.cseq
        contact.parameters = address.params.all.filter { $0.name.lowercased() != "q" }.map {
            RegInfo.Parameter(name: $0.name, value: $0.written ?? "")
        }
        return contact
    }
}
