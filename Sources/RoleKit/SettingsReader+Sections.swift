extension SettingsReader {
    /// A map below `key`. Its reader is finished here. Absent: the defaults are read from an empty map.
    public mutating func section(_ key: String, _ read: (inout SettingsReader) -> Void) {
        let entry = value(key)
        nested(entry?.node ?? SettingsNode(.null, line: line), key, read)
    }

    /// A list of maps below `key`: `read` runs once per element.
    public mutating func sections(_ key: String, _ read: (inout SettingsReader) -> Void) {
        guard let entry = value(key) else {
            if surveying { nested(SettingsNode(.null, line: line), key, read) }
            return
        }
        guard case .list(let nodes) = entry.node.value else {
            faults.append(
                SettingsFault(
                    line: entry.line, problem: "`\(shown(key))` is not a list",
                    cure: "begin each element below it with `- `"))
            return
        }
        for node in nodes { nested(node, key, read) }
    }

    /// A map of free names to texts below `key`, in file order.
    public mutating func table(_ key: String) -> [(name: String, value: String)] {
        rows(key).map { ($0.name, $0.text) }
    }

    /// The same with the line of each row, for callers that judge the values.
    mutating func rows(_ key: String) -> [(name: String, text: String, line: Int)] {
        guard let entry = value(key) else { return [] }
        guard case .map(let pairs) = entry.node.value else {
            faults.append(
                SettingsFault(
                    line: entry.line, problem: "`\(shown(key))` is not a map",
                    cure: "write `name: value` lines below it, indented"))
            return []
        }
        var found: [(name: String, text: String, line: Int)] = []
        for pair in pairs {
            guard case .scalar(let text) = pair.node.value else {
                faults.append(
                    SettingsFault(
                        line: pair.keyLine, problem: "`\(shown(key)).\(pair.key)` has no plain value",
                        cure: "write `\(pair.key): value`"))
                continue
            }
            found.append((pair.key, text, pair.keyLine))
        }
        return found
    }

    private mutating func nested(_ node: SettingsNode, _ key: String, _ read: (inout SettingsReader) -> Void) {
        var inner = SettingsReader(node, path: shown(key), surveying: surveying)
        read(&inner)
        faults += inner.finish()
        for name in inner.keys where !keys.contains(name) { keys.append(name) }
    }
}

extension SettingsReader {
    /// The key with the path of its section, as faults show it.
    func shown(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    /// Notes that `key` is known here and returns what the file has; nil if absent or empty.
    mutating func value(_ key: String) -> Entry? {
        if !asked.contains(key) {
            asked.append(key)
            if !keys.contains(shown(key)) { keys.append(shown(key)) }
        }
        guard let entry = entries.first(where: { $0.key == key }) else { return nil }
        if case .null = entry.node.value { return nil }
        return entry
    }

    mutating func scalar(_ entry: Entry, wanted: String) -> String? {
        if case .scalar(let text) = entry.node.value { return text }
        let isList = if case .list = entry.node.value { true } else { false }
        faults.append(
            SettingsFault(
                line: entry.line, problem: "`\(shown(entry.key))` is a \(isList ? "list" : "map"), not \(wanted)",
                cure: "write `\(entry.key): ` and \(wanted) on one line"))
        return nil
    }

    /// The plain elements of a list; a plain value counts as a list of one.
    mutating func items(_ entry: Entry, wanted: String) -> [(text: String, line: Int)]? {
        switch entry.node.value {
        case .scalar(let text): return [(text, entry.line)]
        case .null: return []
        case .list(let nodes):
            var found: [(text: String, line: Int)] = []
            for node in nodes {
                guard case .scalar(let text) = node.value else {
                    wrong(entry, "something nested", wanted: wanted, line: node.line)
                    return nil
                }
                found.append((text, node.line))
            }
            return found
        case .map:
            wrong(entry, "a map", wanted: wanted)
            return nil
        }
    }

    mutating func wrong(_ entry: Entry, _ text: String, wanted: String, line: Int? = nil) {
        faults.append(
            SettingsFault(
                line: line ?? entry.line, problem: "`\(shown(entry.key))` is \"\(text)\"", cure: "write \(wanted)"))
    }

    mutating func missing(_ key: String, example: String) {
        faults.append(
            SettingsFault(line: line, problem: "`\(shown(key))` is missing", cure: "add `\(key): \(example)`"))
    }
}
