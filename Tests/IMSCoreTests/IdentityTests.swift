import IMSCore
import Testing

@Suite struct IdentityTests {
    @Test("TS 23.003 §13.2: the home domain has a three-digit MNC")
    func homeDomain() {
        #expect(PLMN(mcc: "001", mnc: "01")?.homeDomain == "ims.mnc001.mcc001.3gppnetwork.org")
        #expect(PLMN(mcc: "310", mnc: "410")?.homeDomain == "ims.mnc410.mcc310.3gppnetwork.org")
        #expect(PLMN(imsi: "001010000000001", mncDigits: 2)?.homeDomain == "ims.mnc001.mcc001.3gppnetwork.org")
        #expect(PLMN(imsi: "310410000000001", mncDigits: 3)?.mnc == "410")
    }

    @Test("TS 23.003 §13.2: the network of a home domain, and only of one")
    func plmnOfDomain() {
        #expect(PLMN(homeDomain: "IMS.mnc001.mcc262.3gppnetwork.org")?.mcc == "262")
        #expect(PLMN(homeDomain: "ims.mnc01.mcc262.3gppnetwork.org") == nil)
        #expect(PLMN(homeDomain: "ims.mnc001.mcc262.example.org") == nil)
        #expect(PLMN(homeDomain: "home1.net") == nil)
    }

    @Test(
        "TS 23.003 §2.2: codes are digits, three and two or three",
        arguments: [("01", "01"), ("001", "1"), ("001", "1234"), ("0a1", "01"), ("001", "x1")])
    func refusedCodes(_ codes: (String, String)) {
        #expect(PLMN(mcc: codes.0, mnc: codes.1) == nil)
    }

    @Test("TS 23.003 §13.3: IMPI of an IMSI, and one that is none")
    func impiOfIMSI() {
        let impi = IMPI("001010000000001@IMS.mnc001.mcc001.3gppnetwork.org")
        #expect(impi?.text == "001010000000001@ims.mnc001.mcc001.3gppnetwork.org")
        #expect(impi?.imsi == "001010000000001")
        #expect(IMPI("alice@home1.net")?.imsi == nil)
        #expect(IMPI("alice")?.realm == nil)
    }

    @Test("TS 24.229 §5.4.1.2.1: IMPI derived from the IMPU of a REGISTER without Authorization")
    func derivedIMPI() {
        #expect(IMPU("sip:alice@home1.net:5060;user=ip").flatMap(IMPI.init(derivedFrom:))?.text == "alice@home1.net")
        #expect(IMPU("tel:+15550000001").flatMap(IMPI.init(derivedFrom:)) == nil)
    }

    @Test(
        "a private identity has a user, no white space and a bounded length",
        arguments: ["", "@h", "a@", "a b@h", "a\u{7f}@h", String(repeating: "a", count: 254)])
    func refusedIMPI(_ text: String) {
        #expect(IMPI(text) == nil)
    }

    @Test("RFC 7315 §5.6: a charging vector written is a charging vector read")
    func chargingVectorRoundTrip() {
        let vector = ChargingVector(
            icid: "a\"b\\c", generatedAt: "pcscf.home1.net", origIOI: InterOperatorIdentifier.type1("visited1.net"),
            termIOI: "Type 3as;1")
        #expect(ChargingVector(parsing: vector.description) == vector)
        #expect(vector.description.contains("orig-ioi=\"Type 1visited1.net\""))
    }

    @Test("RFC 7315 §5.6: forms peers send")
    func chargingVectorForms() {
        let kamailio = ChargingVector(parsing: "icid-value=2D9C8B0F;icid-generated-at=127.0.1.1")
        #expect(kamailio?.icid == "2D9C8B0F")
        #expect(kamailio?.generatedAt == "127.0.1.1")
        #expect(
            ChargingVector(parsing: " ICID-Value = \"x\" ; Orig-IOI=home1.net ; unknown; a=b")?.origIOI == "home1.net")
        #expect(ChargingVector(parsing: "orig-ioi=home1.net") == nil)
        #expect(ChargingVector(parsing: "icid-value=\"\"") == nil)
        #expect(
            ChargingVector(parsing: "icid-value=" + String(repeating: "a", count: ChargingVector.maximumLength)) == nil)
    }

    @Test("RFC 7315 §5.6: a control character never reaches the header")
    func chargingVectorHasNoLineBreak() {
        #expect(!ChargingVector(icid: "a\r\nVia: x").description.contains("\r\n"))
    }

    @Test("RFC 7315 §4.6: charging identifiers differ, also after a restart in the same second")
    func uniqueICID() {
        var first = ICIDGenerator(seed: 1)
        var second = ICIDGenerator(seed: 2)
        let made = [
            first.next(unixSeconds: 7), first.next(unixSeconds: 7), second.next(unixSeconds: 7),
            second.next(unixSeconds: 8),
        ]
        #expect(Set(made).count == 4)
        #expect(made[0] == "0000000000000001" + "00000007" + "00000001")
    }
}
