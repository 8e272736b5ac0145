/// From what is dialled to a whole number, RFC 3966 §5.1.4 and §5.1.5, ITU-T E.164 §7.
extension NumberingPlan {
    /// What a dialled string is.
    enum Dialled: Equatable {
        case number(E164Number)
        case shortCode
        case nothing
    }

    /// Reads a string without visual separators.
    ///
    /// Rules in this order, the first that fits decides: global number; short and service codes; international prefix;
    /// national prefix; local number; country code without prefix; national number without prefix; any other number as
    /// one with its country code.
    ///
    /// - Parameter certainOnly: this may be a name that looks like a number, so that short codes, local numbers and the
    ///   last rule do not count.
    func dialled(_ text: String, certainOnly: Bool) -> Dialled {
        if text.hasPrefix("+") { return E164Number(digits: text.dropFirst()).map(Dialled.number) ?? .nothing }
        if !certainOnly, isShortCode(text) { return .shortCode }
        guard text.utf8.allSatisfy(ASCII.isDigit) else { return .nothing }
        if let prefix = longest(internationalPrefixes, of: text) {
            return E164Number(digits: text.dropFirst(prefix.count)).map(Dialled.number) ?? .nothing
        }
        let number =
            national(text, certainOnly: certainOnly)
            ?? (certainOnly || !takesBareMSISDN ? nil : E164Number(digits: text))
        return number.map(Dialled.number) ?? .nothing
    }

    /// A number without international prefix by the rules of the country.
    private func national(_ text: String, certainOnly: Bool) -> E164Number? {
        let length = text.utf8.count
        if !nationalPrefix.isEmpty, text.hasPrefix(nationalPrefix),
            nationalLength.contains(length - nationalPrefix.utf8.count)
        {
            return E164Number(digits: countryCode + text.dropFirst(nationalPrefix.count))
        }
        if !certainOnly, !areaCode.isEmpty, localLength.contains(length) {
            return E164Number(digits: countryCode + areaCode + text)
        }
        if text.hasPrefix(countryCode), nationalLength.contains(length - countryCode.utf8.count) {
            return E164Number(digits: text)
        }
        return nationalLength.contains(length) ? E164Number(digits: countryCode + text) : nil
    }

    private func isShortCode(_ text: String) -> Bool {
        text.utf8.contains(where: DialString.isServiceSign) || shortCodes.contains { Self.matches(text, $0) }
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        text.utf8.elementsEqual(pattern.utf8) { digit, sign in
            digit == sign || (ASCII.lowered(sign) == UInt8(ascii: "x") && ASCII.isDigit(digit))
        }
    }

    private func longest(_ prefixes: [String], of text: String) -> String? {
        prefixes.filter { !$0.isEmpty && text.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count }
    }
}
