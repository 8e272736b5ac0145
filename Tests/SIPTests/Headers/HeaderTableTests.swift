import SIP
import Testing

/// Walks every row of the header table: adding a row adds its test.
@Suite("RFC 3261 §7.3, §20: the header table")
struct HeaderTableTests {
    static let rows = HeaderTable.rows.filter { $0.id != .other }

    @Test("one row a header, at the index of its id")
    func rowsFollowTheIDs() {
        #expect(HeaderTable.rows.map(\.id) == HeaderID.allCases)
        for row in Self.rows {
            #expect(row.id.name == row.name && !row.name.isEmpty && !row.clause.isEmpty)
            #expect(row.name.utf8.count <= 32, "the lookup compares 32 bytes of a name")
        }
    }

    @Test("no name and no compact form stands for two headers")
    func namesAreUnique() {
        let names = Self.rows.flatMap { [$0.name.lowercased(), $0.compact ?? $0.name + "#"] }
        #expect(Set(names).count == names.count)
    }

    @Test("RFC 3261 §7.3.1: long and compact names are found in any case", arguments: rows)
    func namesFoldCase(_ row: HeaderRow) {
        for name in [row.name, row.compact ?? row.name] {
            for spelling in [name, name.lowercased(), name.uppercased(), Self.alternating(name)] {
                #expect(HeaderID(name: spelling) == row.id)
            }
            // One byte more, less, or another is another header.
            #expect(HeaderID(name: name + "x") != row.id)
            if name.utf8.count > 2 { #expect(HeaderID(name: String(name.dropLast())) != row.id) }
            for at in name.indices {
                var other = name
                other.replaceSubrange(at...at, with: name[at] == "q" ? "z" : "q")
                #expect(HeaderID(name: other) != row.id)
            }
        }
    }

    @Test(
        "a byte that differs only in bit 5 is no letter of the name",
        arguments: ["Max\u{0D}Forwards", "Call\u{0D}ID", "CSe\u{11}", "Vi!"])
    func foldingTouchesLettersOnly(_ name: String) { #expect(HeaderID(name: name) == .other) }

    @Test("each header is written and read back by long and by compact name", arguments: rows)
    func roundTrip(_ row: HeaderRow) throws {
        for name in [row.name, row.compact ?? row.name] {
            var writer = SIPWriter.request(.other("TEST"), uri: "sip:a@example.org")
            writer.add(name: name, Self.value(of: row.id))
            writer.add(name: "X-Behind", "y")
            let message = try SIPMessage(writer.finish())
            #expect(message.has(row.id))
            #expect(message.text(row.id) == Self.value(of: row.id))
            #expect(message.first(row.name) == Self.value(of: row.id))
            #expect(message.first("x-behind") == "y")
            #expect(message.header(at: 0).name == name)
        }
    }

    @Test("RFC 3261 §7.3.1: only list headers are split at commas", arguments: rows)
    func repetition(_ row: HeaderRow) throws {
        guard row.id != .contentLength else { return }
        let bytes = message("TEST sip:a@example.org SIP/2.0", "\(row.name): one, \"two, 2\"", "\(row.name): <three,3>")
        let values = try SIPMessage(bytes).texts(row.id)
        #expect(
            values
                == (row.repetition == .list ? ["one", "\"two, 2\"", "<three,3>"] : ["one, \"two, 2\"", "<three,3>"]))
    }

    @Test("every header an edit adds, replaces and removes", arguments: rows)
    func edited(_ row: HeaderRow) throws {
        guard row.id != .contentLength else { return }
        let original = try SIPMessage(message("TEST sip:a@example.org SIP/2.0", "Subject: s", "X-Last: l"))
        var adding = SIPEdit(original)
        adding.set(row.id, "first")
        let added = try SIPMessage(adding.serialize())
        #expect(added.texts(row.id) == ["first"])
        var removing = SIPEdit(added)
        removing.removeAll(row.id)
        #expect(try SIPMessage(removing.serialize()).has(row.id) == false)
    }

    private static func value(of id: HeaderID) -> String { id == .contentLength ? "0" : "some value;of=this header" }

    private static func alternating(_ name: String) -> String {
        String(
            name.enumerated().map {
                $0.offset % 2 == 0 ? Character($0.element.lowercased()) : Character($0.element.uppercased())
            })
    }
}
