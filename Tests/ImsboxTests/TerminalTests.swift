import Glibc
import RoleKit
import Testing

@testable import imsbox

/// What people see: tables, log values, text from the network.
@Suite struct TerminalTests {
    @Test("Rows of equal keys are a table; what is empty shows a dash")
    func table() {
        let rows = Report.list([
            .object([("impu", .text("sip:a@b")), ("expires", .number(7200)), ("path", .list([]))]),
            .object([("impu", .text("")), ("expires", .number(1)), ("path", .list([.text("x"), .text("y")]))]),
        ])
        #expect(ReportText.lines(rows) == ["IMPU     EXPIRES  PATH", "sip:a@b  7200     -", "-        1        x, y"])
    }

    @Test("A table too wide for the terminal is a block of lines for each row")
    func wideTable() {
        let rows = Report.list([
            .object([("impu", .text("sip:a@b")), ("expires", .number(7200))]),
            .object([("impu", .text("sip:c@d")), ("expires", .number(1))]),
        ])
        #expect(ReportText.lines(rows, width: 16) == ["IMPU     EXPIRES", "sip:a@b  7200", "sip:c@d  1"])
        #expect(
            ReportText.lines(rows, width: 15)
                == ["impu     sip:a@b", "expires  7200", "", "impu     sip:c@d", "expires  1"])
    }

    @Test("Rows printed page by page are one table, or the same JSON as in one piece")
    func pages() throws {
        let rows = (1...5).map { Report.object([("imsi", .text("00101\($0)")), ("n", .number($0))]) }
        for json in [false, true] {
            var text = ""
            var printer = RowPrinter(json: json) { text += $0 }
            try printer.add(Array(rows[..<2]))
            try printer.add(Array(rows[2..<4]))
            try printer.add([])
            try printer.add(Array(rows[4...]))
            try printer.end()
            #expect(printer.count == 5)
            let objects = (1...5).map { "  {\n    \"imsi\": \"00101\($0)\",\n    \"n\": \($0)\n  }" }
            let list = "[\n" + objects.joined(separator: ",\n") + "\n]\n"
            #expect(text == (json ? list : ReportText.lines(.list(rows)).map { $0 + "\n" }.joined()))
        }
        var empty = ""
        try RowPrinter(json: true) { empty += $0 }.end()
        #expect(empty == "[]\n")
    }

    @Test("Rows of different keys, and plain values, are lines")
    func lines() {
        #expect(ReportText.lines(.list([.text("a"), .object([("b", .flag(true))])])) == ["- a", "- b yes"])
        #expect(
            ReportText.lines(.object([("key", .number(1)), ("longer", .flag(false))])) == ["key     1", "longer  no"])
        #expect(ReportText.lines(.list([])) == [])
    }

    @Test("Control characters from the network never reach the terminal")
    func printable() {
        #expect(Printable.text("a\u{1B}[31mb\u{7F}\u{9B}\r\nc\td") == "a.[31mb....c\td")
    }

    @Test(
        "A log value that could be taken for two, or for a line of its own, is quoted",
        arguments: [
            ("sip:a@b", "sip:a@b"), ("", "\"\""), ("a b", "\"a b\""), ("a\nrole=hss", "\"a\\nrole=hss\""),
            ("say \"x\"", "\"say \\\"x\\\"\""), ("\u{1B}[0m", "\"\\x1b[0m\""),
        ])
    func logValues(value: String, shown: String) {
        #expect(LineLogHandler.quoted(value) == shown)
    }

    @Test("State directory: --state-dir holds databases and sockets; file names in it, absolute ones as they are")
    func stateDirectory() {
        let state = StateDirectory(option: "/tmp/x")
        #expect(state == StateDirectory(path: "/tmp/x", sockets: "/tmp/x"))
        #expect(state.file("hss.sqlite") == "/tmp/x/hss.sqlite")
        #expect(state.file("/data/hss.sqlite") == "/data/hss.sqlite")
    }

    @Test("A state directory that cannot be made is a failure with a cure")
    func badStateDirectory() {
        #expect(throws: Failure.self) { try StateDirectory(option: "/proc/none/x").create() }
    }

    @Test("A state directory that is a file is a failure that says so")
    func fileAsStateDirectory() {
        var template = Array("/tmp/imsbox-state-XXXXXX".utf8CString)
        close(mkstemp(&template))
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        let failure = #expect(throws: Failure.self) { try StateDirectory(option: path).create() }
        #expect(failure?.problem.contains("Not a directory") == true)
    }

    @Test("LISTEN is suggested only while every P-CSCF is on loopback")
    func listenHint() {
        func plan(_ address: SocketAddress) -> InstancePlan {
            InstancePlan(
                file: "pcscf.yaml", name: "pcscf", role: .pcscf, logLevel: nil,
                listens: [.init(address: address, kind: .udp)], make: { _ in throw Failure(.failed, "") })
        }
        #expect(ListenHint.text([plan(SocketAddress(10, 45, 0, 1, port: 5060))]) == nil)
        #expect(ListenHint.text([]) == nil)
        if HostAddresses.suggestion() != nil {
            #expect(ListenHint.text([plan(SocketAddress(127, 0, 0, 1, port: 5060))])?.contains("LISTEN=") == true)
        }
    }

    @Test("A log value's control characters are written out, C1 ones too, and a long one is cut")
    func logValues() {
        #expect(LineLogHandler.quoted("a\u{1B}[31m") == "\"a\\x1b[31m\"")
        #expect(LineLogHandler.quoted("a\u{9B}31m") == "\"a\\x9b31m\"")
        let long = LineLogHandler.quoted(String(repeating: "x", count: LineLogHandler.longestValue + 1))
        #expect(long == "\"" + String(repeating: "x", count: LineLogHandler.longestValue) + "…\"")
        #expect(LineLogHandler.quoted(String(repeating: "x", count: LineLogHandler.longestValue)).hasSuffix("x"))
    }

    @Test("A flood of log lines is cut to the budget, and the next line says how many are missing")
    func lineBudget() {
        var budget = LineBudget()
        for _ in 0..<LineBudget.burst { #expect(budget.take(at: 1_000) == 0) }
        for _ in 0..<70_000 { #expect(budget.take(at: 1_000) == nil) }
        #expect(budget.take(at: 2_000) == 70_000)
        for _ in 1..<LineBudget.perSecond { #expect(budget.take(at: 2_000) == 0) }
        #expect(budget.take(at: 2_000) == nil)
        #expect(budget.take(at: 1_500) == nil)
        #expect(budget.take(at: 10_000_000) == 2)
    }
}
