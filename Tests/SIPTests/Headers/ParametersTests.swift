import SIP
import Testing

@Suite("RFC 3261 §25.1: parameters")
struct ParametersTests {
    private func header(_ text: String) throws -> Parameters { try NameAddress(parsing: "<sip:a@b.org>" + text).params }
    private func uri(_ text: String) throws -> Parameters { try SIPURI(parsing: "sip:a@b.org" + text).params }

    @Test("names compare without case, values are unquoted, order and spelling stay")
    func reading() throws {
        let params = try header(";Tag=a1 ; q = 0.5;+sip.instance=\"<urn:uuid:1>\";x=\"a \\\"b\\\" \\\\ ;,\";flag")
        #expect(params["tag"] == "a1" && params["TAG"] == "a1")
        #expect(params["q"] == "0.5")
        #expect(params["+sip.instance"] == "<urn:uuid:1>")
        #expect(params["x"] == "a \"b\" \\ ;,")
        #expect(params["flag"] == "" && params.has("FLAG"))
        #expect(params["absent"] == nil && !params.has("absent"))
        #expect(params.description == ";Tag=a1;q=0.5;+sip.instance=\"<urn:uuid:1>\";x=\"a \\\"b\\\" \\\\ ;,\";flag")
    }

    @Test("URI parameters are unescaped when read and kept as written")
    func uriParameters() throws {
        let params = try uri(";transport=TCP;x=%41%3b;lr")
        #expect(params["x"] == "A;" && params["lr"] == "")
        #expect(params.description == ";transport=TCP;x=%41%3b;lr")
    }

    @Test("a new value is quoted or escaped where it must be")
    func writing() throws {
        var params = try header(";a=1")
        params["b"] = "two words"
        params["c"] = "say \"x\""
        params["a"] = "2"
        params["received"] = "[2001:db8::1]"
        params["lone"] = ""
        #expect(params.description == ";a=2;b=\"two words\";c=\"say \\\"x\\\"\";received=[2001:db8::1];lone")
        params["b"] = nil
        #expect(params["b"] == nil)
        var uri = try uri("")
        uri["p"] = "a;b@c"
        #expect(uri.description == ";p=a%3Bb%40c" && uri["p"] == "a;b@c")
    }

    @Test("a line end in a value cannot leave it")
    func noSmuggling() throws {
        var params = try header("")
        params["x"] = "a\r\nEvil: y"
        #expect(!params.description.utf8.contains(0x0D) && !params.description.utf8.contains(0x0A))
    }

    @Test(
        "parameters without name or value are refused",
        arguments: [";", ";;a", ";=1", ";a=", ";a=\"open", ";a b", ";a=1 2", ";a=1,"])
    func malformed(_ text: String) { #expect(throws: SIPParseError.self) { try header(text) } }

    @Test(
        "malformed URI parameters are refused",
        arguments: [";", ";;a", ";=1", ";a=", ";a=%4", ";a=%zz", ";a b", ";a=<"])
    func malformedURI(_ text: String) { #expect(throws: SIPParseError.self) { try uri(text) } }

    @Test("one parameter more than the limit is refused, in headers and in URIs")
    func limit() throws {
        let most = String(repeating: ";a", count: SIPLimits.parameters)
        #expect(try header(most).all.count == SIPLimits.parameters)
        #expect(try uri(most).all.count == SIPLimits.parameters)
        #expect(throws: SIPParseError.self) { try header(most + ";a") }
        #expect(throws: SIPParseError.self) { try uri(most + ";a") }
    }
}
