public import SIP

/// Request-URIs and the numbers in them, TS 24.229 §5.4.3.2, RFC 3261 §19.1.6, RFC 3966.
extension NumberingPlan {
    /// What becomes of a Request-URI.
    ///
    /// - tel: a global number loses its visual separators; a local one is read in its phone-context.
    /// - sip and sips of this network with `user=phone`: the telephone-subscriber in the user part likewise.
    /// - sip of this network without it: only where the user part is a number for certain (`+…`, or a whole national or
    ///   international one); `sip:1001@home` may well be somebody's name, and an IMSI is no number.
    public func normalise(_ uri: AnyURI) -> NumberingOutcome {
        switch uri {
        case .tel(let tel): normalise(tel, certainOnly: false)
        case .sip(let sip): normalise(sip)
        case .urn, .other: .unchanged
        }
    }

    private func normalise(_ sip: SIPURI) -> NumberingOutcome {
        guard isOurs(sip.host), let user = sip.unescapedUser, !isIMSI(user),
            let tel = try? TelURI(parsing: "tel:" + user.split(separator: " ").joined())
        else { return .unchanged }
        let isPhone = sip.params["user"].map { DialString.plain($0) == "phone" } ?? false
        let outcome = normalise(tel, certainOnly: !isPhone)
        return !isPhone && outcome == .undialable ? .unchanged : outcome
    }

    private func normalise(_ tel: TelURI, certainOnly: Bool) -> NumberingOutcome {
        let text = DialString.plain(tel.number)
        guard DialString.isNumber(text) else { return certainOnly ? .unchanged : .undialable }
        switch reading(text, in: tel.params["phone-context"], certainOnly: certainOnly) {
        case nil: return .unchanged
        case .number(let number): return .number(Self.uri(number.description, tel.params, context: nil))
        case .shortCode: return .shortCode(Self.uri(text, tel.params, context: home))
        case .nothing: return .undialable
        }
    }

    /// Nil where the number is of another plan.
    private func reading(_ text: String, in context: String?, certainOnly: Bool) -> Dialled? {
        guard !text.hasPrefix("+"), let context, !context.isEmpty else {
            return dialled(text, certainOnly: certainOnly)
        }
        guard context.hasPrefix("+") else {
            return isOurs(context) ? dialled(text, certainOnly: certainOnly) : nil
        }
        // RFC 3966 §5.1.5: a global context is what stands before the number. Our own country's alone is put there by
        // phones whatever the user has dialled, prefixes and all.
        let prefix = DialString.plain(context).dropFirst()
        if prefix == countryCode[...] { return dialled(text, certainOnly: certainOnly) }
        return E164Number(digits: prefix + text).map(Dialled.number) ?? .nothing
    }

    /// Our home domain, one of the further contexts, or a domain below one: TS 24.229 §5.1.2A.1.5 puts the access
    /// network's name before the home domain for numbers local to where the UE is, which is here.
    private func isOurs(_ domain: String) -> Bool {
        let domain = String(decoding: domain.utf8.map(ASCII.lowered), as: UTF8.self)
        return contexts.contains { domain == $0 || domain.hasSuffix("." + $0) }
    }

    /// Fifteen digits that begin with this network's MCC and MNC, TS 23.003 §2.2: the user part of a temporary public
    /// identity.
    private func isIMSI(_ user: String) -> Bool {
        guard user.utf8.count == 15, user.utf8.allSatisfy(ASCII.isDigit), let plmn = PLMN(homeDomain: home) else {
            return false
        }
        let mnc = plmn.mnc.hasPrefix("0") ? String(plmn.mnc.dropFirst()) : plmn.mnc
        return user.hasPrefix(plmn.mcc + mnc) || user.hasPrefix(plmn.mcc + plmn.mnc)
    }

    private static func uri(_ number: String, _ params: Parameters, context: String?) -> TelURI {
        var params = params
        params["phone-context"] = context
        return TelURI(number: number, params: params)
    }
}

extension TelURI {
    /// The tel URI of a `sip:+E164@anywhere;user=phone`, as the I-CSCF makes it before it asks the HSS (TS 24.229
    /// §5.3.2.1); nil for any other URI.
    public init?(phoneNumberIn sip: SIPURI) {
        guard sip.params["user"].map(DialString.plain) == "phone", let user = sip.unescapedUser,
            let tel = try? TelURI(parsing: "tel:" + user), let number = E164Number(global: tel.number)
        else { return nil }
        self.init(number: number.description, params: tel.params)
    }
}
