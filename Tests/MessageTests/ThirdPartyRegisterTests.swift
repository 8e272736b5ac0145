import LabWorld
import SIP
import Testing

@testable import IPSMGW

/// What a third-party REGISTER tells, TS 24.229 §5.4.1.7 and §5.7.1.2.
@Suite struct ThirdPartyRegisterTests {
    private static let own =
        "REGISTER sip:x SIP/2.0\r\nTo: <sip:1@x>\r\nContact: <sip:u@10.45.0.2>;+g.3gpp.smsip\r\nContent-Length: 0\r\n\r\n"
    private static let answer =
        "SIP/2.0 200 OK\r\nTo: <sip:1@x>;tag=1\r\nP-Associated-URI: <sip:+15550000002@\(CoreWorld.home)>, "
        + "<tel:+15550000002>, <sip:bob@\(CoreWorld.home)>\r\nContent-Length: 0\r\n\r\n"

    private func read(_ body: String, type: String?, expires: String? = "600") throws -> ThirdPartyRegister? {
        var writer = SIPWriter.request(.register, uri: "sip:ipsmgw.x")
        writer.add(.to, "<sip:bob@\(CoreWorld.home)>")
        if let expires { writer.add(.expires, expires) }
        if let type { writer.setBody(Array(body.utf8), type: type) }
        return ThirdPartyRegister(try SIPMessage(writer.finish()), home: CoreWorld.home)
    }

    private func multipart(_ parts: [String], boundary: String = "b1") -> String {
        "preamble\r\n" + parts.map { "--\(boundary)\r\nContent-Type: message/sip\r\n\r\n\($0)\r\n" }.joined()
            + "--\(boundary)--\r\n"
    }

    @Test("Request and response in a multipart body: every identity, once; the feature tag")
    func both() throws {
        let register = try read(multipart([Self.own, Self.answer]), type: "multipart/mixed;boundary=b1")
        #expect(register?.keys == ["sip:bob@\(CoreWorld.home)", "tel:+15550000002"])
        #expect(register?.seconds == 600 && register?.takesMessages == true)
    }

    @Test("A phone without the feature tag takes none; without its REGISTER, or any body, it may")
    func features() throws {
        let plain = Self.own.replacing(";+g.3gpp.smsip", with: "")
        #expect(try read(plain, type: "message/sip")?.takesMessages == false)
        #expect(try read(Self.answer, type: "message/sip")?.takesMessages == true)
        #expect(try read("", type: nil)?.takesMessages == true)
        #expect(try read("", type: nil)?.keys == ["sip:bob@\(CoreWorld.home)"])
        #expect(try read("", type: nil, expires: nil)?.seconds == 7_200)
        #expect(try read("", type: nil, expires: "0")?.seconds == 0)
    }

    @Test(
        "Bodies that are not what they say are passed over",
        arguments: [
            ("--b1", "multipart/mixed;boundary=b1"), ("--b1\r\n", "multipart/mixed;boundary=b1"),
            ("--b1\r\n\r\n--b1", "multipart/mixed;boundary=b1"), ("", "multipart/mixed;boundary=b1"),
            ("junk", "multipart/mixed"), ("junk", "message/sip"), ("junk", "multipart/mixed;boundary=\"\""),
            ("--b1\r\nContent-Type: message/sip\r\n\r\njunk\r\n--b1--", "multipart/mixed;boundary=b1"),
        ])
    func broken(body: String, type: String) throws {
        #expect(try read(body, type: type)?.keys == ["sip:bob@\(CoreWorld.home)"])
    }

    @Test("More parts than are looked at")
    func tooMany() throws {
        let parts = Array(repeating: Self.own, count: MultipartBody.mostParts) + [Self.answer]
        #expect(try read(multipart(parts), type: "multipart/mixed;boundary=b1")?.keys.count == 1)
    }
}
