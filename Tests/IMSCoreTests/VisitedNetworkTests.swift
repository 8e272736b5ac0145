import IMSCore
import Testing

@Suite struct VisitedNetworkTests {
    @Test(
        "RFC 7315 §5.3: a token or the text of a quoted string, without parameters",
        arguments: [
            ("visited.test", "visited.test"), ("\"visited network 1\"", "visited network 1"),
            ("\"a \\\"b\\\" \\\\\" ;x=1", "a \"b\" \\"), ("visited.test;x=\"y\"", "visited.test"),
            ("\"semi;colon\"", "semi;colon"), ("", nil), ("\"\"", nil), (";x", nil), ("\"open", "open"),
        ] as [(String, String?)])
    func identifier(_ row: (value: String, identifier: String?)) {
        #expect(VisitedNetwork.identifier(row.value) == row.identifier)
    }
}
