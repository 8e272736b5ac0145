/// A public identity that has the form of one made from a SIM's data: whoever has that SIM has the identity, too.
enum DerivedIdentity: Equatable {
    /// `tel:+<digits>` or `sip:+<digits>@…`
    case number(String)
    /// `sip:<digits>@…`
    case imsi(String)

    init?(_ identity: String) {
        guard let colon = identity.firstIndex(of: ":") else { return nil }
        let isSIP = identity[..<colon] == "sip"
        let rest = identity[colon...].dropFirst()
        guard let user = isSIP ? rest.split(separator: "@", maxSplits: 1).first : rest else { return nil }
        let isNumber = user.first == "+"
        let digits = isNumber ? user.dropFirst() : user
        guard isNumber || isSIP, !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
        self = isNumber ? .number(String(digits)) : .imsi(String(digits))
    }
}
