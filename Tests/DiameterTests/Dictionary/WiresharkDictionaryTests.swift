import Foundation
import Testing

@testable import Diameter

/// The dictionary tshark decodes with, read from its XML files.
struct WiresharkDictionary: Sendable {
    struct Row: Hashable, Sendable {
        var code: UInt32
        var vendor: UInt32
        var name: String
        /// "Grouped" for groups.
        var type: String
        var application: UInt32?
    }

    static let folder: String? = {
        let places = ["/usr/share/wireshark/diameter", "/usr/local/share/wireshark/diameter"]
        return places.first { FileManager.default.fileExists(atPath: $0 + "/dictionary.xml") }
    }()

    var rows: [Row] = []
    var vendors: [String: UInt32] = ["None": 0]
    /// Enumeration values by (vendor, code).
    var values: [UInt64: [Int32: String]] = [:]
    /// Command names by (application, code).
    var commands: [UInt64: String] = [:]

    init(folder: String) throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".xml") }.sorted()
        var texts: [String] = []
        for file in files {
            // Some of the files hold Latin-1 letters in comments.
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))
            texts.append(Self.withoutComments(String(decoding: data, as: UTF8.self)))
        }
        for text in texts {
            for tag in Self.tags(text) where tag.name == "vendor" {
                if let id = tag["vendor-id"], let code = tag["code"].flatMap({ UInt32($0) }) { vendors[id] = code }
            }
        }
        for text in texts { read(text) }
    }

    private mutating func read(_ text: String) {
        var application: UInt32?
        var open: Row?
        for tag in Self.tags(text) {
            switch tag.name {
            case "application": application = tag["id"].flatMap { UInt32($0) }
            case "base", "/application": application = nil
            case "command":
                if let code = tag["code"].flatMap({ UInt32($0) }), let name = tag["name"] {
                    commands[UInt64(application ?? 0) << 32 | UInt64(code)] = name
                }
            case "avp":
                guard let code = tag["code"].flatMap({ UInt32($0) }), let name = tag["name"] else { continue }
                let vendor = tag["vendor-id"].map { vendors[$0] ?? .max } ?? 0
                open = Row(code: code, vendor: vendor, name: name, type: "", application: application)
            case "type": open?.type = tag["type-name"] ?? ""
            case "grouped": open?.type = "Grouped"
            case "enum":
                if let open, let code = tag["code"].flatMap({ Int32($0) }), let name = tag["name"] {
                    values[UInt64(open.vendor) << 32 | UInt64(open.code), default: [:]][code] = name
                }
            case "/avp":
                if let row = open { rows.append(row) }
                open = nil
            default: break
            }
        }
    }

    struct Tag {
        var name: String
        var attributes: [String: String]
        subscript(_ key: String) -> String? { attributes[key] }
    }

    static func withoutComments(_ text: String) -> String {
        var rest = text[...]
        var kept = ""
        while let start = rest.range(of: "<!--") {
            kept += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].range(of: "-->") else { return kept }
            rest = rest[end.upperBound...]
        }
        return kept + rest
    }

    static func tags(_ text: String) -> [Tag] {
        text.split(separator: "<").compactMap { piece in
            guard let end = piece.firstIndex(of: ">") else { return nil }
            let inside = piece[..<end]
            let name = inside.prefix { !$0.isWhitespace && $0 != ">" }
            var attributes: [String: String] = [:]
            let parts = inside.dropFirst(name.count).split(separator: "\"", omittingEmptySubsequences: false)
            for i in stride(from: 0, to: parts.count - 1, by: 2) {
                let key = parts[i].filter { !$0.isWhitespace && $0 != "=" }
                attributes[key] = String(parts[i + 1])
            }
            return Tag(name: String(name), attributes: attributes)
        }
    }
}

@Suite(
    "Dictionary against tshark's",
    .enabled(if: WiresharkDictionary.folder != nil || Wireshark.isRequired, Wireshark.cure))
struct WiresharkDictionaryTests {
    let theirs: WiresharkDictionary

    private static let read = Result {
        try WiresharkDictionary(folder: try #require(WiresharkDictionary.folder, Wireshark.cure))
    }

    init() throws { theirs = try Self.read.get() }

    /// tshark's names where they differ from the specification's, which are ours. Beside these it puts "Cx-" and
    /// "3GPP-" before names other interfaces use too.
    private static let otherNames: [UInt64: String] = [
        50: "Accounting-Multi-Session-Id", 110: "Digest-Qop",
        key(634, 10415): "Wildcarded-PSI", key(647, 10415): "Associated-Registered-Identities",
    ]

    /// tshark's types where they are a display matter: (RFC 6733 type, tshark type).
    private static let otherTypes: [UInt64: String] = [
        // RFC 6733 §7.1, §7.6, §8.17, §6.10 say Unsigned32; tshark shows names for the numbers.
        268: "Enumerated", 298: "Enumerated", 270: "Enumerated", 299: "Enumerated",
        // RFC 6733 §8.9: Unsigned32.
        291: "Integer32",
        // RFC 7155 §4.4.10.5.1: OctetString of four bytes.
        8: "IPAddress",
    ]

    private static func key(_ code: UInt32, _ vendor: UInt32) -> UInt64 { UInt64(vendor) << 32 | UInt64(code) }

    private func accepts(_ format: AVPFormat, _ type: String) -> Bool {
        switch format {
        case .octetString: ["OctetString", "OctetStringOrUTF8"].contains(type)
        case .unsigned32: ["Unsigned32", "AppId", "VendorId"].contains(type)
        case .address: type == "IPAddress"
        default: type == format.name
        }
    }

    @Test("code, vendor, type and name agree row by row")
    func rowsAgree() {
        var compared = 0
        for row in AVPDictionary.standard.rows {
            let key = Self.key(row.code, row.vendor.rawValue)
            // Of a number used twice (extensions of other vendors) one row must agree.
            let same = theirs.rows.filter { $0.code == row.code && $0.vendor == row.vendor.rawValue }
            if same.isEmpty { continue }
            compared += 1
            let names = [row.name, "Cx-" + row.name, "3GPP-" + row.name, Self.otherNames[key] ?? row.name]
            let agreeing = same.filter {
                names.contains($0.name) && (accepts(row.format, $0.type) || Self.otherTypes[key] == $0.type)
            }
            #expect(
                !agreeing.isEmpty,
                "\(row.name) \(row.code)/\(row.vendor.rawValue) \(row.format.name): tshark has \(same)")
        }
        #expect(compared > 100, "only \(compared) rows compared: was the dictionary read?")
    }

    @Test("nothing tshark knows of the base protocol's own AVPs and of Cx is missing")
    func complete() {
        // TS 29.229 §6.3 took 627 out; 300 E2E-Sequence is RFC 3588's draft security, 275 Alternate-Peer never came.
        let left: Set<UInt32> = [627]
        let cx = theirs.rows.filter { $0.application == Application.cx && !left.contains($0.code) }
        #expect(cx.count > 50)
        for row in cx { #expect(AVPDictionary.standard.definition(row.code, .threeGPP)?.name != nil, "\(row)") }
        let base = theirs.rows.filter { $0.application == nil && $0.vendor == 0 && (257...299).contains($0.code) }
        #expect(base.count > 35)
        for row in base where row.code != 275 {
            #expect(AVPDictionary.standard.definition(row.code, .ietf) != nil, "\(row)")
        }
    }

    @Test("enumeration values we name are tshark's too")
    func enumerations() {
        for row in AVPDictionary.standard.rows where !row.values.isEmpty {
            guard let known = theirs.values[Self.key(row.code, row.vendor.rawValue)] else { continue }
            // RFC 6733 §6.13 says DONT_CACHE; tshark reads "Don't Care".
            for value in row.values where row.code != Base.redirectHostUsage.code || value.value != 0 {
                func folded(_ name: String) -> String {
                    name.uppercased().filter { $0.isLetter || $0.isNumber }
                }
                let name = known[value.value].map(folded)
                #expect(name == nil || name == folded(value.name), "\(row.name) \(value): tshark has \(known)")
            }
        }
    }

    @Test func commandNames() {
        for rule in CommandTable.standard.rules {
            // RFC 5516 registers S6a's commands as the IETF's own, with a prefix.
            let isS6a = rule.application == Application.s6a
            let key = UInt64(isS6a ? 0 : rule.application) << 32 | UInt64(rule.code)
            #expect(theirs.commands[key] == (isS6a ? "3GPP-" : "") + rule.name, "\(rule.name)")
        }
    }
}
