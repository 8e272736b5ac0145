import HSS

/// Judges the lines of a CSV file against each other before any of them is stored: what a single line cannot show.
struct ImportCheck {
    private var imsis: [Digits: Int32] = [:]
    private var msisdns: [Digits: Int32] = [:]
    private var names: [String: Int32] = [:]
    private(set) var count = 0
    private var shortIMSIs = 0
    private var firstShortIMSI = 0

    /// IMSIs have fifteen digits nearly everywhere (ITU-T E.212 §8 allows fewer); one with fewer has more likely lost
    /// its leading zeros in a spreadsheet.
    static let usualDigits = 15

    mutating func add(_ new: NewSubscriber, line: Int) throws(ProvisioningError) {
        count += 1
        let (subscriber, number) = (new.subscriber, Int32(clamping: line))
        if let imsi = subscriber.imsi {
            try check(imsis.updateValue(number, forKey: imsi), "IMSI \(imsi)", line)
            if imsi.count < ImportCheck.usualDigits {
                shortIMSIs += 1
                if shortIMSIs == 1 { firstShortIMSI = line }
            }
        }
        if let msisdn = subscriber.msisdn {
            try check(msisdns.updateValue(number, forKey: msisdn), "MSISDN \(msisdn)", line)
        }
        guard let further = subscriber.further else { return }
        if let name = further.privateIdentity {
            try check(names.updateValue(number, forKey: name), "private identity \(name)", line)
        }
        for identity in further.publicIdentities {
            let text = identity.identity
            try check(names.updateValue(number, forKey: text), "public identity \(text)", line)
        }
    }

    private func check(
        _ other: Int32?, _ identity: @autoclosure () -> String, _ line: Int
    ) throws(ProvisioningError) {
        guard let other else { return }
        throw ProvisioningError(
            .conflict, "\(identity()) is on line \(other) too", cure: "remove one of them", line: line)
    }

    /// What is allowed but looks like a mistake; nil if nothing does.
    var doubt: String? {
        guard shortIMSIs > 0 else { return nil }
        let rest = shortIMSIs == 1 ? "" : " and \(shortIMSIs - 1) more"
        return "line \(firstShortIMSI)\(rest): an IMSI with fewer than fifteen digits – "
            + "did a spreadsheet drop leading zeros?"
    }
}
