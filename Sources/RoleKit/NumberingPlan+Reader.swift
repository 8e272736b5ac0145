public import IMSCore

/// Keys of `numbering:` in the instance file of an S-CSCF or IP-SM-GW, TS 24.229 §5.4.3.2:
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `country-code` | digits | 1 | ITU-T E.164 §6.2.1 |
/// | `international-prefix` | list | ["00", "011"] | before a number with country code |
/// | `national-prefix` | digits | 1 | before a national number (trunk prefix); "" for none |
/// | `national-length` | n or n-m | 10 | digits of a national number without its prefix |
/// | `area-code` | digits | – | put before numbers dialled without one |
/// | `local-length` | n or n-m | 7 | digits of such a number |
/// | `short-codes` | list | [] | kept as dialled; x is any digit |
/// | `contexts` | list | [] | phone-context domains of this plan beside the home network |
/// | `bare-msisdn` | true, false | true | whether a number no rule fits is one with country code |
extension NumberingPlan {
    public init(reading reader: inout SettingsReader, home: String) {
        self.init(home: home)
        countryCode = Self.digits("country-code", countryCode, in: 1...3, &reader)
        internationalPrefixes = reader.strings("international-prefix", default: internationalPrefixes)
        nationalPrefix = Self.digits("national-prefix", nationalPrefix, in: 0...4, &reader)
        nationalLength = Self.length("national-length", nationalLength, &reader)
        areaCode = Self.digits("area-code", areaCode, in: 0...6, &reader)
        localLength = Self.length("local-length", localLength, &reader)
        shortCodes = reader.strings("short-codes", default: [])
        contexts = [home] + reader.strings("contexts", default: []).map { $0.lowercased() }
        takesBareMSISDN = reader.flag("bare-msisdn", default: true)
        if internationalPrefixes.contains(where: { !Self.isDial($0, wildcard: false) }) {
            reader.reject(
                "international-prefix", problem: "`international-prefix` has something other than digits",
                cure: "write what is dialled before a country code, e.g. [\"00\"]")
        }
        if shortCodes.contains(where: { !Self.isDial($0, wildcard: true) }) {
            reader.reject(
                "short-codes", problem: "`short-codes` has something other than digits and x",
                cure: "write numbers as they are dialled, e.g. [\"100\", \"15xx\"]")
        }
    }

    private static func isDial(_ text: String, wildcard: Bool) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (wildcard && $0 | 0x20 == UInt8(ascii: "x")) }
    }

    private static func digits(
        _ key: String, _ fallback: String, in count: ClosedRange<Int>, _ reader: inout SettingsReader
    ) -> String {
        guard let text = reader.string(key) else { return fallback }
        guard count.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            reader.reject(
                key, problem: "`\(key)` is \"\(text)\"",
                cure: "write \(count.lowerBound) to \(count.upperBound) digits")
            return fallback
        }
        return text
    }

    /// `10` or `6-11`.
    private static func length(
        _ key: String, _ fallback: ClosedRange<Int>, _ reader: inout SettingsReader
    ) -> ClosedRange<Int> {
        guard let text = reader.string(key) else { return fallback }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count <= 2, let low = ends[0], let high = ends[ends.count - 1], low <= high,
            (1...E164Number.maximumDigits).contains(low), (1...E164Number.maximumDigits).contains(high)
        else {
            reader.reject(key, problem: "`\(key)` is \"\(text)\"", cure: "write a count of digits, e.g. 10 or 6-11")
            return fallback
        }
        return low...high
    }
}
