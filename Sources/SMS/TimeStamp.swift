/// A moment with its time zone, TP-Service-Centre-Time-Stamp, TS 23.040 §9.2.3.11: seven octets of two digits each.
public struct TimeStamp: Hashable, Sendable {
    /// Since 1970-01-01 UTC.
    public var unixSeconds: Int64
    /// Local time minus UTC, in quarters of an hour.
    public var quarters: Int

    static let octetCount = 7
    /// Two digits and a sign in the octet; no zone is farther.
    public static let highestQuarters = 79

    public init(unixSeconds: Int64, quarters: Int = 0) {
        self.unixSeconds = unixSeconds
        self.quarters = max(-Self.highestQuarters, min(Self.highestQuarters, quarters))
    }

    init(reading reader: inout OctetReader, _ what: String) throws(SMSFault) {
        let octets = try reader.octets(Self.octetCount, what)
        var zone = octets[6]
        let isWest = zone & 0x08 != 0
        zone &= ~0x08
        var fields: [Int] = []
        for octet in octets.dropLast() + [zone] {
            guard let field = SemiOctets.number(octet) else { throw SMSFault(.invalid, "\(what) is no time") }
            fields.append(field)
        }
        // §9.2.3.11 has two digits for the year; a phone's clock is not of the last century.
        let (year, month, day) = (2000 + fields[0], fields[1], fields[2])
        guard (1...12).contains(month), (1...31).contains(day), fields[3] < 24, fields[4] < 60, fields[5] < 60,
            fields[6] <= Self.highestQuarters
        else { throw SMSFault(.invalid, "\(what) is no time") }
        quarters = isWest ? -fields[6] : fields[6]
        let seconds = fields[3] * 3_600 + fields[4] * 60 + fields[5] - quarters * 900
        unixSeconds = Self.days(year, month, day) * 86_400 + Int64(seconds)
    }

    public var octets: [UInt8] {
        let local = unixSeconds + Int64(quarters) * 900
        let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        let second = Int(local - days * 86_400)
        let (year, month, day) = Self.date(days)
        let fields = [year % 100, month, day, second / 3_600, second / 60 % 60, second % 60]
        let zone = SemiOctets.octet(abs(quarters)) | (quarters < 0 ? 0x08 : 0)
        return fields.map(SemiOctets.octet) + [zone]
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return Int64(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468)
    }

    private static func date(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(max(0, days + 719_468))
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }
}
