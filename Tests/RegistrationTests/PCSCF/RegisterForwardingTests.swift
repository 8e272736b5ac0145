import IMSCore
import SIP
import Testing

@testable import PCSCF

@Suite("TS 24.229 §5.2.2.1: REGISTER toward the home network")
struct RegisterForwardingTests {
    static func forwarded(_ extra: String, integrity: String? = "no") throws -> SIPMessage {
        let message = try GmRegister.message(extra)
        var edit = SIPEdit(message)
        RegisterEdit(
            path: "<sip:tok@p.test:5070;lr>", visitedNetwork: "visited.test",
            chargingVector: ChargingVector(icid: "i1", origIOI: "Type 1visited.test").description,
            credentials: RegisterScreening(message).credentials, integrityProtected: integrity
        ).apply(to: &edit)
        return try SIPMessage(edit.serialize())
    }

    @Test("RFC 3327, RFC 7315: Path, Require: path, visited network and charging vector are added")
    func addsNetworkHeaders() throws {
        let register = try Self.forwarded("")
        #expect(register.texts(.path) == ["<sip:tok@p.test:5070;lr>"])
        #expect(register.lists("path", in: .require))
        #expect(register.lists("path", in: .supported))
        #expect(register.text(.pVisitedNetworkID) == "visited.test")
        #expect(register.text(.pChargingVector)?.contains("icid-value=\"i1\"") == true)
    }

    @Test(
        "What only the network may say is dropped from a UE's REGISTER",
        arguments: [
            "P-Charging-Vector: icid-value=evil", "P-Charging-Function-Addresses: ccf=192.0.2.1",
            "P-Visited-Network-ID: \"evil\"", "P-Asserted-Identity: <sip:evil@ims.test>", "Path: <sip:evil@x;lr>",
            "Route: <sip:evil@x;lr>", "Security-Client: ipsec-3gpp;alg=evil;spi-c=1;spi-s=2;port-c=3;port-s=4",
            "Security-Verify: ipsec-3gpp;alg=evil", "P-User-Database: <aaa://evil>",
        ])
    func dropsUntrusted(_ header: String) throws {
        let register = try Self.forwarded(header + "\r\n")
        #expect(!String(decoding: register.bytes, as: UTF8.self).contains("evil"))
        #expect(register.texts(.path).count == 1)
        #expect(register.texts(.pChargingVector).count == 1)
    }

    @Test("RFC 3329 §2.3.1: sec-agree ends here, other option tags go on")
    func stripsSecAgree() throws {
        let register = try Self.forwarded(
            "Require: sec-agree\r\nProxy-Require: sec-agree, other\r\nSupported: gruu\r\n")
        #expect(register.texts(.require) == ["path"])
        #expect(register.texts(.proxyRequire) == ["other"])
        #expect(register.texts(.supported) == ["gruu", "path"])
    }

    @Test("§7.2A.2: a UE's own integrity-protected never gets through")
    func replacesForgedIntegrity() throws {
        let forged =
            #"Authorization: Digest username="a@ims.test",realm="ims.test",uri="sip:ims.test",nonce="","#
            + #"response="",integrity-protected="yes""# + "\r\n"
        let aka = try Self.forwarded(forged, integrity: "no")
        #expect(
            aka.text(.authorization).flatMap(DigestCredentials.init(parsing:))?.fields["integrity-protected"] == "no")
        let first = try Self.forwarded(forged, integrity: nil)
        #expect(first.text(.authorization)?.contains("integrity-protected") == false)
    }

    @Test("RFC 7315 §5.4: network-provided access information from a UE is dropped, its own kept")
    func dropsNetworkProvided() throws {
        let header = "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1, IEEE-802.11;network-provided\r\n"
        #expect(try Self.forwarded(header).texts(.pAccessNetworkInfo) == ["3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1"])
    }

    @Test("§5.4.1.1: no Authorization header, none added; a second one does not get through")
    func authorizationHeaders() throws {
        #expect(!(try Self.forwarded("", integrity: nil)).has(.authorization))
        let two =
            #"Authorization: Digest username="a@ims.test",realm="r",nonce="",response="""# + "\r\n"
            + #"Authorization: Digest username="b@ims.test",realm="r",nonce="",response="",integrity-protected="yes""#
            + "\r\n"
        let register = try Self.forwarded(two, integrity: nil)
        #expect(register.count(.authorization) == 1)
        #expect(register.text(.authorization)?.contains("b@ims.test") == false)
    }

    @Test("What is not the P-CSCF's business goes on byte for byte")
    func untouchedHeaders() throws {
        let extra =
            "m:  <sip:a@10.0.0.1>;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"\r\nX-Odd:\tv\r\n"
        let register = try Self.forwarded(extra, integrity: nil)
        #expect(String(decoding: register.bytes, as: UTF8.self).contains(extra))
    }
}

/// A REGISTER as a UE might send it.
enum GmRegister {
    static func message(_ headers: String) throws -> SIPMessage {
        let text =
            "REGISTER sip:ims.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
            + "From: <sip:a@ims.test>;tag=1\r\nTo: <sip:a@ims.test>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n"
            + headers + "Content-Length: 0\r\n\r\n"
        return try SIPMessage(Array(text.utf8))
    }
}
