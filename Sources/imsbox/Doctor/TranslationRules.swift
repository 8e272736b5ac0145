import RoleKit

/// What this host's kernel translates, as far as this user can see it.
struct TranslationFacts {
    /// Rules after routing, in the kernel's order.
    var rules: [TranslationRule] = []
    /// Flows of SIP or ESP that are translated now.
    var flows: [TranslatedFlow] = []
}

/// A rule of source address translation, or one that exempts from it.
struct TranslationRule: Equatable {
    enum Target: Equatable { case translate, exempt }

    /// As the tool that listed it writes it.
    var text: String
    var target: Target
    var source: Match<AddressBlock>?
    var output: Match<String>?
    /// It looks at something else besides: which packets it is for cannot be said.
    var isPartial = false

    struct Match<Value: Equatable>: Equatable {
        var value: Value
        var isNegated: Bool

        func holds(_ matches: (Value) -> Bool) -> Bool { matches(value) != isNegated }
    }

    /// Whether packets from this address that leave through this interface may meet it.
    func mayMeet(_ address: SocketAddress, through interface: String) -> Bool {
        let isFrom = source?.holds { $0.contains(address) } ?? true
        let isThrough = output?.holds { Self.name($0, fits: interface) } ?? true
        return isFrom && isThrough
    }

    /// iptables ends a beginning of names with `+`, nft with `*`.
    private static func name(_ pattern: String, fits interface: String) -> Bool {
        guard let last = pattern.last, last == "+" || last == "*" else { return pattern == interface }
        return interface.hasPrefix(pattern.dropLast())
    }
}

/// `10.45.0.0/16`. IPv4: nobody translates IPv6 where phones are.
struct AddressBlock: Equatable {
    var address: UInt64
    var bits: Int

    init?(_ text: Substring) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = SocketAddress(String(parts[0]), port: 0), host.family == .v4,
            let bits = parts.count == 2 ? Int(parts[1]) : 32, (0...32).contains(bits)
        else { return nil }
        (address, self.bits) = (host.low, bits)
    }

    func contains(_ host: SocketAddress) -> Bool {
        host.family == .v4 && (host.low ^ address) >> UInt64(32 - bits) == 0
    }
}

extension TranslationFacts {
    /// The rules of `iptables-save`'s POSTROUTING chain. Other chains are reached under conditions that are not followed.
    static func iptables(_ saved: String) -> [TranslationRule] {
        var isTranslation = false
        var rules: [TranslationRule] = []
        for line in saved.split(separator: "\n") {
            if line.hasPrefix("*") { isTranslation = line == "*nat" }
            guard isTranslation, line.hasPrefix("-A POSTROUTING ") else { continue }
            if let rule = rule(iptables: line) { rules.append(rule) }
        }
        return rules
    }

    private static func rule(iptables line: Substring) -> TranslationRule? {
        var words = line.split(separator: " ").dropFirst(2)
        var found = TranslationRule(text: String(line), target: .translate)
        var isNegated = false
        var isComplete = false
        while let word = words.popFirst() {
            switch word {
            case "!":
                isNegated = true
                continue
            case "-s": found.source = block(words.popFirst(), isNegated, &found.isPartial)
            case "-o": found.output = words.popFirst().map { .init(value: String($0), isNegated: isNegated) }
            case "-j":
                guard let target = target(words.popFirst() ?? "") else { return nil }
                (found.target, isComplete) = (target, true)
            case "-m" where words.first == "comment": words = words.dropFirst()
            case "--comment": skipQuoted(&words)
            // What stands behind the target is about how, not about which packets.
            default: if !isComplete { found.isPartial = true }
            }
            isNegated = false
        }
        return isComplete ? found : nil
    }

    private static func skipQuoted(_ words: inout ArraySlice<Substring>) {
        guard let first = words.popFirst(), first.first == "\"", first.count == 1 || first.last != "\"" else { return }
        while let word = words.popFirst(), word.last != "\"" {}
    }

    /// The rules of `nft list ruleset` in base chains after routing.
    static func nft(_ ruleset: String) -> [TranslationRule] {
        var isTranslation = false
        var rules: [TranslationRule] = []
        for line in ruleset.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.first == "chain" { isTranslation = false }
            if words.starts(with: ["type", "nat", "hook", "postrouting"]) { isTranslation = true }
            guard isTranslation, let rule = rule(nft: words) else { continue }
            rules.append(rule)
        }
        return rules
    }

    private static func rule(nft all: [Substring]) -> TranslationRule? {
        var words = all[...]
        var found = TranslationRule(text: all.joined(separator: " "), target: .translate)
        while let word = words.popFirst() {
            if let target = target(word) {
                found.target = target
                return found
            }
            switch (word, words.first) {
            case ("ip", "saddr"):
                words = words.dropFirst()
                let isNegated = negation(&words)
                found.source = block(words.popFirst(), isNegated, &found.isPartial)
            case ("oifname", _), ("oif", _):
                let isNegated = negation(&words)
                found.output = words.popFirst().map {
                    .init(value: $0.filter { $0 != "\"" }, isNegated: isNegated)
                }
            case ("counter", "packets"): words = words.dropFirst(4)
            case ("counter", _): break
            default: found.isPartial = true
            }
        }
        return nil
    }

    private static func negation(_ words: inout ArraySlice<Substring>) -> Bool {
        guard words.first == "!=" else { return false }
        words = words.dropFirst()
        return true
    }

    private static func block(
        _ text: Substring?, _ isNegated: Bool, _ isPartial: inout Bool
    ) -> TranslationRule.Match<AddressBlock>? {
        guard let block = text.flatMap({ AddressBlock($0) }) else {
            isPartial = true
            return nil
        }
        return .init(value: block, isNegated: isNegated)
    }

    /// The verdicts of both tools that matter here.
    private static func target(_ word: Substring) -> TranslationRule.Target? {
        switch word {
        case "MASQUERADE", "SNAT", "masquerade", "snat": .translate
        case "ACCEPT", "RETURN", "accept", "return": .exempt
        default: nil
        }
    }
}
