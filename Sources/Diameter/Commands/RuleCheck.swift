extension CommandTable {
    /// What is wrong with a message by its command's grammar, the first fault only; nil where the message complies.
    ///
    /// 3001 for a command the application does not have, 5005 for what is missing, 5008 for what must not be there,
    /// 5009 for too many; groups with members are checked inside. Order is not checked: RFC 6733 §3.2 fixes only
    /// Session-Id's place, and a message that breaks it can be understood.
    public func check(_ message: DiameterMessage, dictionary: AVPDictionary = .standard) -> DiameterFault? {
        guard let index = index(message.command, message.application) else {
            return DiameterFault(.commandUnsupported, "command \(message.command)")
        }
        // RFC 6733 §7.2: an answer with the E bit has its own grammar.
        if message.isError { return nil }
        let rules = message.isRequest ? rules[index].request : rules[index].answer
        return RuleCheck.check(message, rules, dictionary) ?? RuleCheck.checkGroups(message, dictionary, depth: 0)
    }
}

/// The one engine behind every command and group.
enum RuleCheck {
    static func check(_ container: some AVPContainer, _ rules: [AVPRule], _ dictionary: AVPDictionary) -> DiameterFault?
    {
        for rule in rules where rule.least > 0 || rule.most < Int.max {
            var count = 0
            var offset = container.body.lowerBound
            while count <= rule.most, let place = container.find(rule.code, rule.vendor, from: offset) {
                count += 1
                offset = place.next
                if count > rule.most { return tooMany(container, place, rule, dictionary) }
            }
            if count < rule.least { return missing(rule, dictionary) }
        }
        return nil
    }

    static func checkGroups(_ container: some AVPContainer, _ dictionary: AVPDictionary, depth: Int) -> DiameterFault? {
        guard depth < DiameterLimits.groupDepth else { return nil }
        var offset = container.body.lowerBound
        while let place = container.place(at: offset) {
            offset = place.next
            guard let row = dictionary.index(place.code, place.vendor), dictionary.formats[row] == .grouped,
                place.code != Base.failedAVP.code || place.vendor != .ietf
            else { continue }
            let group = AVPGroup(view: container.bytes, place.data)
            let members = dictionary.rows[row].members
            guard var fault = check(group, members, dictionary) ?? checkGroups(group, dictionary, depth: depth + 1)
            else { continue }
            fault.failed = encode(place.code, place.vendor, place.flags, fault.failed)
            return fault
        }
        return nil
    }

    /// RFC 6733 §7.1.5: the missing AVP is shown with the least data its format allows.
    private static func missing(_ rule: AVPRule, _ dictionary: AVPDictionary) -> DiameterFault {
        let row = dictionary.definition(rule.code, rule.vendor)
        let data = [UInt8](repeating: 0, count: row?.format.leastLength ?? 0)
        return DiameterFault(
            .missingAVP, failed: encode(rule.code, rule.vendor, row?.flags ?? [.m], data),
            "\(row?.name ?? String(rule.code)) is missing")
    }

    /// RFC 6733 §7.1.5: the first AVP beyond the allowed number is shown.
    private static func tooMany(
        _ container: some AVPContainer, _ place: AVPPlace, _ rule: AVPRule, _ dictionary: AVPDictionary
    ) -> DiameterFault {
        let name = dictionary.definition(rule.code, rule.vendor)?.name ?? String(rule.code)
        return DiameterFault(
            rule.most == 0 ? .avpNotAllowed : .avpOccursTooManyTimes,
            failed: encode(place.code, place.vendor, place.flags, Array(container.bytes[place.data])),
            rule.most == 0 ? "\(name) must not be here" : "\(name) occurs more than \(rule.most) times")
    }

    private static func encode(_ code: UInt32, _ vendor: Vendor, _ flags: AVPFlags, _ data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        AVPScan.append(code, vendor, flags, to: &bytes) { $0 += data }
        return bytes
    }
}
