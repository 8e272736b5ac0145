import Glibc
import RoleKit
import Settings
import Testing

/// The file itself: YAML mistakes, limits, lines.
@Suite struct YAMLTreeTests {
    private func fault(_ text: String) -> SettingsFault? {
        do {
            _ = try YAMLTree.parse(text)
            return nil
        } catch { return error }
    }

    @Test("Keys and nodes know their lines")
    func linesAreKept() throws {
        let root = try YAMLTree.parse("# comment\na: 1\n\nb:\n  - x: 2\n    y:\n      - 3\n")
        guard case .map(let pairs) = root.value, case .list(let list) = pairs[1].node.value,
            case .map(let inner) = list[0].value
        else {
            Issue.record("not a map")
            return
        }
        #expect(pairs.map(\.keyLine) == [2, 4])
        #expect(inner.map(\.keyLine) == [5, 6])
        #expect(inner[1].node.line == 7)
    }

    @Test("An empty file and one of comments are files of defaults", arguments: ["", "# nothing\n", "\n\n"])
    func emptyFile(text: String) throws {
        guard case .null = try YAMLTree.parse(text).value else {
            Issue.record("not empty")
            return
        }
    }

    @Test(
        "YAML mistakes name their line and a cure",
        arguments: [
            ("a: 1\n\tb: 2\n", 2, "spaces, not tabs"),
            ("a: 1\nport:5060\nb: 2\n", 3, "colon and a space"),
            ("a: \"open\nb: 2\n", 1, "close the quote"),
            ("a: [1, 2\n", 1, "close the quote or bracket"),
            ("a: 1\n---\nb: 2\n", 2, "one instance"),
            ("a: 1\n  b: 2\n", 2, "one `key: value` on a line"),
            ("a: 1\nb: *nowhere\n", 2, "write the value out"),
            ("a: 1\n? [x]\n: 2\n", 2, "key: value"),
        ])
    func mistakes(text: String, line: Int, cure: String) {
        let found = fault(text)
        #expect(found?.line == line)
        #expect(found?.cure.contains(cure) == true, "\(String(describing: found))")
    }

    @Test("A key written twice is refused at its second place")
    func duplicateKey() {
        #expect(
            fault("port: 1\nname: x\nport: 2\n")
                == SettingsFault(line: 3, problem: "`port` is written twice", cure: "keep one; the other is on line 1"))
        #expect(fault("a:\n  - host: x\n    port: 1\n    host: y\nhost: z\n")?.line == 4)
    }

    @Test("A file that multiplies itself by aliases is refused, not expanded")
    func aliasBomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for i in 1...12 {
            text += "a\(i): &a\(i) [" + Array(repeating: "*a\(i - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        #expect(fault(text)?.problem == "the file nests or repeats too much")
    }

    @Test("One level deeper than the limit is refused")
    func depthLimit() {
        func nested(_ depth: Int) -> String {
            "a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(fault(nested(YAMLTree.Limits.depth - 1)) == nil)
        #expect(fault(nested(YAMLTree.Limits.depth))?.problem == "the file nests or repeats too much")
    }

    @Test("Unreadable, oversized and non-UTF-8 files are refused with the file's name")
    func badFiles() throws {
        func refusal(_ path: String) -> String? {
            do {
                _ = try InstanceFile.load(path)
                return nil
            } catch { return error.description }
        }
        #expect(
            refusal("/nonexistent/x.yaml")?.hasPrefix("/nonexistent/x.yaml:1: cannot be read (no such file") == true)
        #expect(refusal("/")?.hasPrefix("/:1: cannot be read") == true)

        var template = Array("/tmp/imsbox-settings-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(descriptor)
            unlink(path)
        }
        let bytes: [UInt8] = Array("a: 1\nb: ".utf8) + [0xFF, 0x0A]
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        #expect(refusal(path) == "\(path):2: is not UTF-8 text – save the file as UTF-8")
        ftruncate(descriptor, off_t(InstanceFile.maximumBytes + 1))
        #expect(refusal(path)?.contains("is longer than") == true)
    }

    @Test("A flag of the command line overrides or adds a top-level key")
    func overrides() throws {
        let node = try YAMLTree.parse("address: 127.0.0.1\n")
        #expect(node.setting("address", to: "10.45.0.1").plain("address")?.text == "10.45.0.1")
        #expect(node.setting("advertise", to: "10.45.0.1").plain("advertise")?.text == "10.45.0.1")
        #expect(node.plain("advertise") == nil)
    }
}
