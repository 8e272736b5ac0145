import AKA
import Foundation
import Testing

@testable import HSS
@testable import Store

@Suite("Subscriber CSV")
struct SubscriberCSVTests {
    let scratch: Scratch
    let database: HSSDatabase
    static let k = "465b5ce8b199b49faa5f0a2ee238a6bc"
    static let opc = "cd63cb71954a9f4e48a5994e37a02baf"

    init() throws {
        scratch = try Scratch()
        database = try HSSDatabase(path: scratch.file("hss.sqlite"))
    }

    @discardableResult
    func load(_ text: String) throws -> Int {
        try database.importCSV(path: try scratch.write("in.csv", text))
    }

    func refusal(_ text: String) throws -> ProvisioningError {
        try #require(throws: ProvisioningError.self) { try load(text) }
    }

    @Test("The standard header, whatever ends the lines", arguments: ["\n", "\r\n"])
    func standard(_ end: String) throws {
        let lines = [
            "imsi,msisdn,k,opc,amf,sqn,algorithm",
            "001010000000001,15550000001,\(Self.k),\(Self.opc),B9B9,000000000c75,milenage",
        ]
        #expect(try load(lines.joined(separator: end)) == 1)
        let found = try #require(try database.find(imsi: Lab.imsi))
        #expect(found.subscriber == Lab.subscriber)
        #expect(found.sqn >= 0xC75)
    }

    @Test("Columns in any order, op for opc, blanks, quotation marks, comments, byte order mark")
    func spellings() throws {
        let count = try load(
            """
            \u{FEFF}Algorithm, OP ,k,msisdn,"imsi"
            # the lab's first SIM

            milenage , cdc202d5123e20f62b6d676ac72cb318,\(Self.k.uppercased()),"+15550000001",001010000000001
            ,cdc202d5123e20f62b6d676ac72cb318,\(Self.k),15550000002,001010000000002
            """)
        #expect(count == 2)
        guard case .aka(let keys) = try database.find(imsi: "001010000000002")?.subscriber.authentication else {
            return #expect(Bool(false), "not found")
        }
        #expect(keys.opc == Lab.keys.opc && keys.amf == 0x8000 && keys.algorithm == .milenage)
    }

    @Test(
        "The bad line is named by its number, and nothing is imported",
        arguments: [
            ("001010000000002,2,\(k),\(opc),8000,0,tuak", "tuak is not built yet"),
            ("001010000000002,2,\(k.dropLast()),\(opc),8000,0,xor", "k has 31 characters"),
            ("001010000000002,2,\(k),\(opc),8000,0", "6 fields"),
            ("001010000000002,,\(k),\(opc),8000,0,milenage", "barred"),
            ("001010000000002,2,\"\(k),\(opc),8000,0,milenage", "quotation mark"),
            ("0010100000000022,2,\(k),\(opc),8000,0,milenage", "is not an IMSI"),
            ("1.01E+12,2,\(k),\(opc),8000,0,milenage", "is not an IMSI"),
            ("001010000000002,2,-\(String(repeating: "0", count: 31)),\(opc),8000,0,milenage", "k has 32 characters"),
            ("001010000000002,2,\(k),\(opc),+800,0,milenage", "amf"),
            ("001010000000002,2,\(k),\(opc),8000,-0,milenage", "sqn"),
            ("001010000000001,2,\(k),\(opc),8000,0,milenage", "line 2"),
        ])
    func badLine(_ line: String, _ words: String) throws {
        let error = try refusal(
            """
            imsi,msisdn,k,opc,amf,sqn,algorithm
            001010000000001,15550000001,\(Self.k),\(Self.opc),8000,0,milenage

            \(line)
            001010000000005,15550000005,\(Self.k),\(Self.opc),8000,0,milenage
            """)
        #expect(error.line == 4, "\(error)")
        #expect(error.description.hasPrefix("line 4: "))
        #expect(error.problem.contains(words), "\(error)")
        #expect(!error.description.contains("465b5c"))
        #expect(try database.count == 0)
    }

    @Test(
        "A header that is none, and an empty file, are told apart from bad lines",
        arguments: [
            ("", "empty"), ("imsi,msisdn,k,opc\n", "no subscriber"), ("001010000000001,1,2,3\n", "unknown column"),
            ("imsi,imsi\n", "twice"), ("msisdn,k,opc\n", "imsi"), ("imsi,ki,opc\n", "ki"),
        ])
    func header(_ text: String, _ words: String) throws {
        #expect(try refusal(text).problem.contains(words))
    }

    @Test("Spreadsheets end their files with empty lines, with commas or blanks in them")
    func emptyLines() throws {
        let count = try load(
            "imsi,msisdn,k,opc\r\n\(Lab.imsi),15550000001,\(Self.k),\(Self.opc)\r\n,,,\r\n \t\r\n\"\",,,\r\n\r\n")
        #expect(count == 1)
    }

    @Test(
        "What spreadsheets save instead of a CSV file is called by its name",
        arguments: [
            ("imsi;msisdn;k;opc\n1;2;3;4\n", "semicolons"), ("imsi\tmsisdn\tk\topc\n", "tabs"),
            ("imsi,msisdn,k,opc\r001010000000001,1,2,3\r", "carriage returns"),
            ("\u{0}i\u{0}m\u{0}s\u{0}i", "UTF-16"), ("\"imsi,msisdn,k,opc\n", "quotation mark"),
        ])
    func otherFormats(_ text: String, _ words: String) throws {
        let error = try refusal(text)
        #expect(error.line == 1 && error.problem.contains(words) && !error.cure.isEmpty, "\(error)")
    }

    @Test("UTF-16 as Windows writes it")
    func utf16() throws {
        let file = scratch.file("utf16.csv")
        var data = Data([0xFF, 0xFE])
        for unit in "imsi,k\r\n".utf16 { data += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        try data.write(to: URL(fileURLWithPath: file))
        let error = try #require(throws: ProvisioningError.self) { try database.importCSV(path: file) }
        #expect(error.problem.contains("UTF-16"))
    }

    @Test(
        "Lines are judged against each other before any is stored",
        arguments: [
            ("001010000000009,15550000001,,", "MSISDN 15550000001"),
            ("001010000000009,15550000009,alice@example.org,", "private identity alice@example.org"),
            ("001010000000009,15550000009,,sip:alice@example.org", "public identity sip:alice@example.org"),
        ])
    func duplicates(_ line: String, _ words: String) throws {
        let error = try refusal(
            """
            imsi,msisdn,impi,impu,k,opc
            001010000000001,15550000001,alice@example.org,sip:alice@example.org,\(Self.k),\(Self.opc)
            \(line),\(Self.k),\(Self.opc)
            """)
        #expect(error.code == .conflict && error.line == 3, "\(error)")
        #expect(error.problem.contains(words) && error.problem.contains("line 2"), "\(error)")
        #expect(try database.count == 0)
    }

    @Test("ITU-T E.212 §8: fewer than fifteen digits are allowed, and doubted once for the whole file")
    func shortIMSIs() throws {
        var doubts: [String] = []
        let text = """
            imsi,msisdn,k,opc
            1010000000001,15550000001,\(Self.k),\(Self.opc)
            001010000000002,15550000002,\(Self.k),\(Self.opc)
            1010000000003,15550000003,\(Self.k),\(Self.opc)
            """
        let file = try scratch.write("in.csv", text)
        let count = try database.importCSV(path: file, doubt: { doubts.append($0) })
        #expect(count == 3)
        #expect(doubts.count == 1 && doubts.first?.hasPrefix("line 2 and 1 more: ") == true, "\(doubts)")
    }

    @Test("Secrets are not logged: a file without its header does not show its first key")
    func headerWithKey() throws {
        let error = try refusal("\(Self.k),001010000000001,15550000001,\(Self.opc)\n")
        #expect(error.problem.contains("unknown column") && !error.description.contains("465b"), "\(error)")
    }

    @Test("A line without end is refused before it fills the memory")
    func longLine() throws {
        let error = try refusal("imsi,msisdn,k,opc\n" + String(repeating: "1", count: CSVLines.longestLine * 6))
        #expect(error.line == 2 && error.problem.contains("longer"))
    }

    @Test("A conflict with what the database has names the line and what came before it")
    func conflict() throws {
        try database.add(NewSubscriber(Lab.neighbour))
        let error = try refusal(
            """
            imsi,msisdn,k,opc
            001010000000001,15550000001,\(Self.k),\(Self.opc)
            001010000000009,15550000002,\(Self.k),\(Self.opc)
            """)
        #expect(error.code == .conflict && error.line == 3 && error.problem.contains("15550000002"))
        #expect(try database.count == 1)
    }

    @Test("Importing again updates; a SIM's counter is never turned back")
    func update() throws {
        try load("imsi,msisdn,k,opc,sqn\n\(Lab.imsi),15550000001,\(Self.k),\(Self.opc),00000000ffff\n")
        let before = try #require(try database.find(imsi: Lab.imsi))
        try load("imsi,msisdn,k,opc,sqn\n\(Lab.imsi),15550000077,\(Self.k),\(Self.opc),0\n")
        let after = try #require(try database.find(imsi: Lab.imsi))
        #expect(after.id == before.id && after.subscriber.msisdn == Digits("15550000077"))
        #expect(after.sqn >= before.sqn)
    }

    @Test("What is exported can be imported elsewhere, with nothing lost")
    func roundTrip() throws {
        try database.add(NewSubscriber(Lab.softphone))
        try database.add(NewSubscriber(Lab.subscriber, lastSEQ: 4_711))
        var quoted = Lab.neighbour
        quoted.further = Subscriber.Further(publicIdentities: [
            PublicUserIdentity("sip:a,b@example.org"), PublicUserIdentity("sip:c@example.org", isBarred: true),
        ])
        try database.add(NewSubscriber(quoted))
        let file = scratch.file("out.csv")
        #expect(try database.exportCSV(path: file) == 3)
        #expect(try scratch.mode("out.csv") == 0o600)
        let other = try HSSDatabase(path: scratch.file("other.sqlite"))
        #expect(try other.importCSV(path: file) == 3)
        #expect(try other.list().map(\.subscriber) == [Lab.softphone, Lab.subscriber, quoted])
        let (old, new) = (try database.find(imsi: Lab.imsi)?.sqn, try other.find(imsi: Lab.imsi)?.sqn)
        #expect(try #require(new) >= #require(old))
    }

    @Test("A database of SIMs exports the standard columns alone")
    func standardColumns() throws {
        try database.add(NewSubscriber(Lab.subscriber))
        try database.exportCSV(path: scratch.file("out.csv"))
        let text = try String(contentsOfFile: scratch.file("out.csv"), encoding: .utf8)
        #expect(
            text.hasPrefix(
                "imsi,msisdn,k,opc,amf,sqn,algorithm\n001010000000001,15550000001,\(Self.k),\(Self.opc),b9b9,"))
        #expect(text.hasSuffix(",milenage\n"))
    }

    @Test("Progress rises to the end, first for the check and then for the import")
    func progress() throws {
        var text = "imsi,msisdn,k,opc\n"
        for number in 1...12_000 {
            text +=
                "001019\(String(format: "%09d", number)),1666\(String(format: "%07d", number)),\(Self.k),\(Self.opc)\n"
        }
        var seen: [TransferProgress] = []
        #expect(try database.importCSV(path: try scratch.write("in.csv", text)) { seen.append($0) } == 12_000)
        let (checking, storing) = (seen.filter(\.isChecking), seen.filter { !$0.isChecking })
        #expect(checking.map(\.subscribers) == [5_000, 10_000])
        #expect(storing.map(\.subscribers) == [5_000, 10_000, 12_000])
        #expect(storing.last?.fraction == 1)
        #expect(seen.allSatisfy { (0...1).contains($0.fraction) })
        #expect(try database.count == 12_000)
    }

    @Test("Capabilities that are no numbers are not left out silently", arguments: ["mandatory", "optional"])
    func capabilities(_ column: String) throws {
        let header = "imsi,msisdn,k,opc,\(column)\n"
        let line = "\(Lab.imsi),15550000001,\(Self.k),\(Self.opc)"
        let error = try refusal(header + line + ",1 two 3\n")
        #expect(error.line == 2 && error.problem.contains(column) && error.problem.contains("1 two 3"))
        try load(header + line + ", 1  3 \n")
        let found = try #require(try database.find(imsi: Lab.imsi)?.subscriber.further?.capabilities)
        #expect(found.mandatory + found.optional == [1, 3])
    }

    @Test("A full disk is no fault of the file's line: the database is named, and how many came in")
    func fullDisk() throws {
        var text = "imsi,msisdn,k,opc\n"
        for number in 1...6_000 {
            let digits = String(format: "%07d", number)
            text += "00101900\(digits),1666\(digits),\(Self.k),\(Self.opc)\n"
        }
        let file = try scratch.write("in.csv", text)
        let error = try #require(throws: ProvisioningError.self) {
            try database.importCSV(path: file) { progress in
                if !progress.isChecking { try? database.change("PRAGMA max_page_count = 1") }
            }
        }
        #expect(error.code == .database && error.line == nil, "\(error)")
        #expect(error.problem.contains("hss.sqlite") && error.problem.contains("full"), "\(error)")
        #expect(error.cure.contains("free space") && error.cure.contains("5000 subscribers"), "\(error)")
        #expect(try database.count == 5_000)
    }

    @Test("A directory in place of a file is named, to read and to write")
    func directory() throws {
        let reading = try #require(throws: ProvisioningError.self) { try database.importCSV(path: scratch.path) }
        #expect(reading.problem.contains(scratch.path) && reading.line == nil, "\(reading)")
        let writing = try #require(throws: ProvisioningError.self) { try database.exportCSV(path: scratch.path) }
        #expect(writing.problem.contains(scratch.path) && writing.problem.contains("directory"), "\(writing)")
    }

    @Test("An export that finds no room says so of its file; the mode of a pipe or device stays")
    func exportElsewhere() throws {
        try database.add(NewSubscriber(Lab.subscriber))
        let full = try #require(throws: ProvisioningError.self) { try database.exportCSV(path: "/dev/full") }
        #expect(full.problem.contains("/dev/full") && full.problem.contains("No space left"), "\(full)")
        let pipe = scratch.file("pipe")
        try #require(mkfifo(pipe, 0o644) == 0 && chmod(pipe, 0o644) == 0)
        let reader = open(pipe, O_RDWR)
        defer { close(reader) }
        #expect(try database.exportCSV(path: pipe) == 1)
        #expect(try scratch.mode("pipe") == 0o644)
    }

    @Test("A file that is not there is named")
    func missing() throws {
        let error = try #require(throws: ProvisioningError.self) { try database.importCSV(path: "/nowhere/in.csv") }
        #expect(error.code == .notFound && error.problem.contains("/nowhere/in.csv"))
    }
}
