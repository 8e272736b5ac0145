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
}
