import Console
import RoleKit
import Testing

/// RFC 8259 there and back.
@Suite struct JSONTests {
    private let report = Report.object([
        ("b", .number(-7)), ("a", .list([.flag(true), .text("ä\"\\\n\u{1}😀")])), ("c", .object([])), ("d", .list([])),
    ])

    @Test("A report is the same after writing and reading, on one line and indented; keys keep their order")
    func roundTrip() throws {
        let line = JSONWriter.line(report)
        #expect(line == "{\"b\":-7,\"a\":[true,\"ä\\\"\\\\\\n\\u0001😀\"],\"c\":{},\"d\":[]}")
        #expect(try JSONReader.read(Array(line.utf8)) == report)
        #expect(try JSONReader.read(Array(JSONWriter.pretty(report).utf8)) == report)
    }

    @Test("Escapes, surrogate pairs, null and fractions are read")
    func reading() throws {
        let text = #" { "x" : "\u00e4\ud83d\ude00\/\b" , "y" : null, "z" : 1.5e3 } "#
        let read = try JSONReader.read(Array(text.utf8))
        #expect(read["x"]?.text == "ä😀/\u{8}")
        #expect(read["y"]?.text == "")
        #expect(read["z"]?.text == "1.5e3")
    }

    @Test(
        "What is not JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\" 1}", "{a:1}", "\"open", "\"\\x\"", "\"\\ud83d\"", "\"\\ud83d\\u0041\"", "tru",
            "1 2", "-",
            "\"\u{1}\"", "[1", "\"\\u12\"",
        ])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("One level more than the limit is refused")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: UInt8(ascii: "["), count: depth) + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        }
        #expect(throws: Never.self) { try JSONReader.read(nested(JSONReader.maximumDepth)) }
        #expect(throws: JSONError.self) { try JSONReader.read(nested(JSONReader.maximumDepth + 1)) }
    }
}
