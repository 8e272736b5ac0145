import IMSCore

/// What a REGISTER does to the bindings of its implicit set. RFC 3261 §10.3 steps 6 to 8; TS 24.229 §5.4.1.2.2F, §5.4.1.4
enum ContactDecision: Equatable {
    case refuse(status: Int, reason: String)
    /// 423 with Min-Expires.
    case tooBrief(minimum: Int)
    /// De-registration of what is not registered: 481.
    case unknownBinding
    /// Only asks what there is.
    case fetch
    case change(ContactChange)
}

/// Bindings to make, renew and remove.
struct ContactChange: Equatable {
    struct Grant: Equatable {
        var contact: RequestedContact
        var seconds: Int
        /// The binding it renews; nil makes a new one.
        var serial: UInt64?
    }

    var grants: [Grant] = []
    /// Bindings the UE removes.
    var removed: [UInt64] = []
    /// Bindings that go because the same UE registered another contact, TS 24.229 §5.4.1.2.2F.
    var replaced: [UInt64] = []
}

extension ContactDecision {
    /// Contacts a private identity may have. A UE with RFC 5626 has one or two flows an instance, and one that was set up
    /// anew has another instance: the binding nearest its end gives way to one more.
    static let maximumBindings = 16

    /// - Parameter bindings: those of the implicit set, of whatever private identity.
    static func decide(
        _ request: RegisterRequest, bindings: [Binding], interval: RegistrationInterval
    ) -> ContactDecision {
        let own = bindings.filter { $0.impi == request.impi }
        switch request.contacts {
        case .none: return .fetch
        case .all: return removeAll(request, own)
        case .some(let contacts): return change(request, contacts, own, interval)
        }
    }

    /// `Contact: *` is for removing alone, RFC 3261 §10.2.2. It means this UE's bindings: another private identity
    /// that shares the public one keeps its own.
    private static func removeAll(_ request: RegisterRequest, _ own: [Binding]) -> ContactDecision {
        guard request.expires == 0 else { return .refuse(status: 400, reason: "Contact * Without Expires 0") }
        guard !own.isEmpty else { return .unknownBinding }
        guard own.allSatisfy({ isInOrder(request, $0) }) else { return outOfOrder }
        return .change(ContactChange(removed: own.map(\.serial)))
    }

    private static func change(
        _ request: RegisterRequest, _ contacts: [RequestedContact], _ own: [Binding], _ interval: RegistrationInterval
    ) -> ContactDecision {
        var change = ContactChange()
        for contact in contacts where !change.grants.contains(where: { $0.contact.isSame(as: contact) }) {
            let bound = own.first { $0.matches(contact, of: request.impi) }
            if let bound, !isInOrder(request, bound) { return outOfOrder }
            let wanted = contact.expires ?? request.expires ?? interval.standard
            if wanted == 0 {
                if let bound { change.removed.append(bound.serial) }
            } else if bound == nil, contact.flow == nil, request.isUnchallenged {
                // TS 24.229 §5.4.1.2.2: an association proves who it belongs to, not who is at another address.
                return .refuse(status: 403, reason: "Contact Not Registered")
            } else if wanted < interval.minimum {
                return .tooBrief(minimum: interval.minimum)
            } else {
                let seconds = min(wanted, interval.maximum)
                change.grants.append(.init(contact: contact, seconds: seconds, serial: bound?.serial))
            }
        }
        guard !change.grants.isEmpty || !change.removed.isEmpty else { return .unknownBinding }
        change.replaced = replaced(by: change, own)
        change.replaced += surplus(of: change, own)
        return .change(change)
    }

    /// A UE without RFC 5626 has one contact: its new one takes the place of the old.
    private static func replaced(by change: ContactChange, _ own: [Binding]) -> [UInt64] {
        guard change.grants.contains(where: { $0.contact.flow == nil }) else { return [] }
        let kept = change.grants.compactMap(\.serial) + change.removed
        return own.map(\.serial).filter { !kept.contains($0) }
    }

    /// Bindings that make room for new ones.
    private static func surplus(of change: ContactChange, _ own: [Binding]) -> [UInt64] {
        let gone = change.removed + change.replaced
        let renewed = change.grants.compactMap(\.serial)
        let others = own.filter { !gone.contains($0.serial) && !renewed.contains($0.serial) }
        let count = change.grants.count + others.count - maximumBindings
        return others.sorted { ($0.expiry, $0.serial) < ($1.expiry, $1.serial) }.prefix(max(0, count)).map(\.serial)
    }

    /// RFC 3261 §10.3 step 7: within a Call-ID the CSeq must rise.
    private static func isInOrder(_ request: RegisterRequest, _ binding: Binding) -> Bool {
        binding.callID != request.callID || request.cseq > binding.cseq
    }

    private static let outOfOrder = ContactDecision.refuse(status: 500, reason: "REGISTER Out Of Order")
}
