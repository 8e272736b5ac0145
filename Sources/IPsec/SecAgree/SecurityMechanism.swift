/// One mechanism of a Security-Client, Security-Server or Security-Verify header, RFC 3329 §2.2:
/// `token *(";" token ["=" (token / quoted-string)])`.
public struct SecurityMechanism: Hashable, Sendable, CustomStringConvertible {
    /// One parameter, as written.
    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String?

        public init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    /// More parameters than this make the mechanism malformed.
    public static let maximumParameters = 32

    public var name: String
    public var parameters: [Parameter]

    public init(_ name: String, _ parameters: [Parameter]) {
        self.name = name
        self.parameters = parameters
    }

    /// One element of the comma-separated list; nil if it is malformed, has a parameter twice or too many of them.
    public init?(parsing text: String) {
        var parts = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        name = parts.removeFirst()
        parameters = []
        guard Self.isToken(name), parts.count <= Self.maximumParameters else { return nil }
        for part in parts {
            guard let parameter = Self.parameter(part), self[parameter.name] == nil else { return nil }
            parameters.append(parameter)
        }
    }

    /// The value of a parameter, `""` for one without; nil where there is none of this name.
    public subscript(name: String) -> String? {
        let name = name.lowercased()
        guard let found = parameters.first(where: { $0.name.lowercased() == name }) else { return nil }
        return found.value ?? ""
    }

    /// q in thousandths, RFC 3329 §2.2; nil where there is none or it is no qvalue.
    public var preference: Int? { self["q"].flatMap(Self.thousandths) }

    public var description: String {
        parameters.reduce(name) { $0 + ";" + $1.name + ($1.value.map { "=" + $0 } ?? "") }
    }

    /// Whether both say the same: names and values without regard to case, numbers by value, parameters in any order.
    /// SPIs are written with or without leading zeros, and `q=0.1` is `q=0.10`.
    public func says(theSameAs other: SecurityMechanism) -> Bool { canonical == other.canonical }

    /// Whether two lists say the same in the same order, as Security-Verify must of Security-Server (RFC 3329 §2.3.1).
    public static func same(_ a: [SecurityMechanism], _ b: [SecurityMechanism]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { $0.says(theSameAs: $1) }
    }

    private var canonical: [String] {
        let pairs = parameters.map { parameter in
            let name = parameter.name.lowercased()
            let value = (parameter.value ?? "").lowercased()
            if name == "q" { return name + "=" + (Self.thousandths(value).map(String.init) ?? value) }
            return name + "=" + (UInt64(value).map(String.init) ?? value)
        }
        return [name.lowercased()] + pairs.sorted()
    }

    /// RFC 3261 §25.1 `qvalue` in thousandths; nil if it is none.
    static func thousandths(_ text: String) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, whole == "0" || whole == "1" else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        let value = (Int(fraction) ?? 0) * [1000, 100, 10, 1][fraction.utf8.count]
        guard whole == "0" || value == 0 else { return nil }
        return whole == "1" ? 1000 : value
    }

    private static func parameter(_ text: String) -> Parameter? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
        guard let name = parts.first, isToken(name) else { return nil }
        guard parts.count == 2 else { return Parameter(name) }
        return isToken(parts[1]) || isQuoted(parts[1]) ? Parameter(name, parts[1]) : nil
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r\n" }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { octet in
                (octet | 0x20) &- 0x61 < 26 || octet &- 0x30 < 10 || "-.!%*_+`'~".utf8.contains(octet)
            }
    }

    /// Quoted text without quotes or semicolons inside: no parameter of Annex H has such.
    private static func isQuoted(_ text: String) -> Bool {
        text.count >= 2 && text.first == "\"" && text.last == "\"" && !text.dropFirst().dropLast().contains("\"")
    }
}
