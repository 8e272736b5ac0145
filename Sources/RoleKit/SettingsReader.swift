/// Reads one level of an instance file: each call names a key, its type and its default.
///
/// A reader never stops at the first mistake: a bad value becomes a fault and the default is returned, so that one
/// run of `imsbox check` shows everything. A key no call asked for is a fault too (`finish()`), with the nearest
/// known key as its cure.
///
/// Usage, one such initialiser per role in `XConfig+Reader.swift`:
/// ```swift
/// port = reader.integer("port", default: 5060, in: 1...65535)
/// reader.section("diameter") { diameter = DiameterSettings(reading: &$0) }
/// reader.sections("listeners") { listeners.append(ListenerConfig(reading: &$0)) }
/// ```
/// The outermost caller calls `finish()`; sections finish themselves.
public struct SettingsReader: Sendable {
    /// A key of this level as the file has it.
    struct Entry: Sendable {
        var key: String
        var line: Int
        var node: SettingsNode
    }

    let entries: [Entry]
    /// 1-based line of this section, for faults about something missing.
    public let line: Int
    /// Where this section stands, e.g. "diameter.peers"; empty at the top.
    let path: String
    /// True while only the keys are asked for: lists of sections then read one empty section.
    let surveying: Bool
    var asked: [String] = []
    /// Every key asked for so far, nested ones with their path: "diameter.peers.host".
    public internal(set) var keys: [String] = []
    public internal(set) var faults: [SettingsFault] = []

    public init(_ node: SettingsNode) {
        self.init(node, path: "", surveying: false)
    }

    init(_ node: SettingsNode, path: String, surveying: Bool) {
        self.line = node.line
        self.path = path
        self.surveying = surveying
        switch node.value {
        case .map(let pairs):
            entries = pairs.map { Entry(key: $0.key, line: $0.keyLine, node: $0.node) }
        case .null:
            entries = []
        case .scalar, .list:
            entries = []
            let what = path.isEmpty ? "the file" : "`\(path)`"
            faults.append(
                SettingsFault(
                    line: node.line, problem: "\(what) is not a map of keys",
                    cure: "write `key: value` lines" + (path.isEmpty ? "" : " below it, indented")))
        }
    }

    /// Every key a configuration knows, found by reading an empty file. For documentation and its test.
    public static func survey(_ read: (inout SettingsReader) -> Void) -> [String] {
        var reader = SettingsReader(SettingsNode(.null, line: 1), path: "", surveying: true)
        read(&reader)
        return reader.keys
    }

    /// True if the file gives this key a value. Counts as asking for it.
    public mutating func has(_ key: String) -> Bool { value(key) != nil }

    /// A text, or nil if the key is absent or empty.
    public mutating func string(_ key: String) -> String? {
        guard let entry = value(key) else { return nil }
        guard let text = scalar(entry, wanted: "a text") else { return nil }
        return text
    }

    /// A text.
    public mutating func string(_ key: String, default fallback: String) -> String { string(key) ?? fallback }

    /// A text that has no default; its absence is a fault. Returns "" then.
    public mutating func requiredString(_ key: String, example: String) -> String {
        if let text = string(key) { return text }
        if !faults.contains(where: { $0.problem.hasPrefix("`\(shown(key))`") }) {
            missing(key, example: example)
        }
        return ""
    }

    /// A whole number within `range`, or nil if the key is absent.
    public mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let entry = value(key) else { return nil }
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = scalar(entry, wanted: wanted) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            wrong(entry, text, wanted: wanted)
            return nil
        }
        return number
    }

    /// A whole number within `range`.
    public mutating func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        integer(key, in: range) ?? fallback
    }

    /// `true` or `false`; also yes/no and on/off, as YAML 1.1 writers expect.
    public mutating func flag(_ key: String, default fallback: Bool) -> Bool {
        guard let entry = value(key), let text = scalar(entry, wanted: "true or false") else { return fallback }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default:
            wrong(entry, text, wanted: "true or false")
            return fallback
        }
    }

    /// One of an enumeration's words.
    public mutating func choice<E: RawRepresentable & CaseIterable>(_ key: String, default fallback: E) -> E
    where E.RawValue == String {
        let words = E.allCases.map(\.rawValue)
        let wanted = "one of " + words.joined(separator: ", ")
        guard let entry = value(key), let text = scalar(entry, wanted: wanted) else { return fallback }
        guard let found = E(rawValue: text) else {
            let near = NearestName.find(text, among: words)
            wrong(entry, text, wanted: near.map { "`\($0)` (\(wanted))" } ?? wanted)
            return fallback
        }
        return found
    }

    /// A list of texts; a single text counts as a list of one.
    public mutating func strings(_ key: String, default fallback: [String]) -> [String] {
        guard let entry = value(key) else { return fallback }
        return items(entry, wanted: "a list of texts").map { $0.map(\.text) } ?? fallback
    }

    /// A list of whole numbers, each within `range`.
    public mutating func integers(_ key: String, default fallback: [Int], in range: ClosedRange<Int>) -> [Int] {
        let wanted = "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)"
        guard let entry = value(key), let found = items(entry, wanted: wanted) else { return fallback }
        var numbers: [Int] = []
        for item in found {
            guard let number = Int(item.text), range.contains(number) else {
                wrong(entry, item.text, wanted: wanted, line: item.line)
                return fallback
            }
            numbers.append(number)
        }
        return numbers
    }

    /// Refuses what this level says about `key` for a reason only the caller knows.
    public mutating func reject(_ key: String, problem: String, cure: String) {
        let at = entries.first { $0.key == key }?.line ?? line
        faults.append(SettingsFault(line: at, problem: problem, cure: cure))
    }

    /// Ends the reading of this level: keys nobody asked for become faults. Returns all faults in file order.
    public mutating func finish() -> [SettingsFault] {
        for entry in entries where !asked.contains(entry.key) {
            let near = NearestName.find(entry.key, among: asked)
            let cure =
                near.map { "did you mean `\($0)`?" }
                ?? "known keys here: " + asked.sorted().joined(separator: ", ")
            faults.append(SettingsFault(line: entry.line, problem: "unknown key `\(shown(entry.key))`", cure: cure))
        }
        // A key two readers ask for (`hosts`) is complained of once.
        var seen: Set<SettingsFault> = []
        faults = faults.filter { seen.insert($0).inserted }
        faults.sort { $0.line < $1.line }
        return faults
    }
}
