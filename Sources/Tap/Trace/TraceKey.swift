/// What messages of one subscriber have in common: the number or the address behind any spelling of an identity.
///
/// `sip:+15550000001@ims.example;user=phone`, `tel:+1-555-000-0001` and `15550000001` have one key, and so have an
/// IMSI, the IMPI and the IMPU derived from it (TS 23.003 §13.3, §13.4B).
public enum TraceKey {
    public static func of(_ identity: String) -> String {
        var text = identity.lowercased()[...]
        if let open = text.firstIndex(of: "<") { text = text[text.index(after: open)...] }
        if let colon = text.firstIndex(of: ":"), ["sip", "sips", "tel"].contains(text[..<colon]) {
            text = text[text.index(after: colon)...]
        }
        if let end = text.firstIndex(where: { ";?>".contains($0) }) { text = text[..<end] }
        let user = text.prefix { $0 != "@" }
        let digits = user.filter { !"+-.() ".contains($0) }
        if digits.count >= 3, digits.utf8.allSatisfy({ (48...57).contains($0) }) { return digits }
        return String(withoutPort(text))
    }

    private static func withoutPort(_ text: Substring) -> Substring {
        guard let at = text.lastIndex(of: "@"), let colon = text.lastIndex(of: ":"), colon > at,
            text[text.index(after: colon)...].utf8.allSatisfy({ (48...57).contains($0) })
        else { return text }
        return text[..<colon]
    }
}
