import Diameter
import IMSCore
import LabWorld
import RoleKit
import SIP
import Testing

@testable import ICSCF
@testable import PCSCF
@testable import SCSCF

@Suite("Decisions of the session procedures")
struct DecisionTests {
    private static let home = CoreWorld.home

    private func message(_ headers: [String]) throws -> SIPMessage {
        let text =
            "MESSAGE sip:bob@\(Self.home) SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
            + "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n" + headers.map { $0 + "\r\n" }.joined()
            + "Content-Length: 0\r\n\r\n"
        return try SIPMessage(Array(text.utf8))
    }

    private func set(barred: Bool) -> RegistrationSet {
        let identities = [
            PublicIdentity(identity: "sip:alice@\(Self.home)", isBarred: barred),
            PublicIdentity(identity: "tel:+15550000001"),
        ]
        let profile = UserProfile(privateID: "a", serviceProfiles: [ServiceProfile(publicIdentities: identities)])
        return RegistrationSet(
            id: 1, profile: profile, impus: identities.compactMap { IMPU($0.identity) }, token: "t")
    }

    @Test("TS 24.229 §5.4.3.2 step 1: barred, unregistered or unnamed users do not originate")
    func originating() throws {
        let asserted = try message(["P-Asserted-Identity: <sip:alice@\(Self.home)>"])
        let free = OriginatingDecision.decide(asserted) { _ in self.set(barred: false) }
        #expect(free == .serve(try #require(IMPU("sip:alice@\(Self.home)")), alias: "tel:+15550000001"))
        for decision in [
            OriginatingDecision.decide(asserted) { _ in self.set(barred: true) },
            OriginatingDecision.decide(asserted) { _ in nil },
            OriginatingDecision.decide(try message([])) { _ in self.set(barred: false) },
        ] {
            guard case .refuse(status: 403, reason: _) = decision else {
                Issue.record("\(decision)")
                continue
            }
        }
    }

    @Test("TS 24.229 §5.4.3.2: two asserted identities get no third")
    func twoIdentities() throws {
        let both = try message(["P-Asserted-Identity: <sip:alice@\(Self.home)>, <tel:+15550000001>"])
        let decision = OriginatingDecision.decide(both) { _ in self.set(barred: false) }
        #expect(decision == .serve(try #require(IMPU("sip:alice@\(Self.home)")), alias: nil))
    }

    @Test(
        "TS 24.229 §5.3.2.2, TS 29.228 §6.1.4: results of LIR",
        arguments: [
            (DiameterResult.experimental(.userUnknown), 404, false),
            (.experimental(.identityNotRegistered), 480, false),
            (.base(.unableToComply), 480, true), (.base(.tooBusy), 480, true),
        ])
    func location(_ row: (result: DiameterResult, status: Int, isTemporary: Bool)) {
        let lia = DiameterMessage(CxCommands.locationInfo, application: Application.cx, flags: [.request])
            .answer(row.result, from: DiameterOrigin(host: "hss.ims.test", realm: "ims.test"))
        guard case .refuse(let status, let isTemporary, _) = LocationDecision(lia) else {
            Issue.record("not refused")
            return
        }
        #expect(status == row.status && isTemporary == row.isTemporary)
    }

    @Test(
        "RFC 3261 §20.10, §25.1: q as thousandths",
        arguments: [
            (nil, 1_000), ("1", 1_000), ("1.000", 1_000), ("0.5", 500), ("0.25", 250), ("0", 0), ("0.", 0),
            ("x", 1_000),
            ("7", 1_000), ("0.0001", 0),
        ] as [(String?, Int)])
    func quality(_ row: (text: String?, value: Int)) {
        #expect(ForkPlan.quality(row.text) == row.value)
    }

    @Test("TS 24.229 §5.2.6.3.3: the first preferred identity that is registered, else the default")
    func asserted() throws {
        let own = ["sip:+15550000001@\(Self.home)", "tel:+15550000001"]
        let wanted = try message(["P-Preferred-Identity: <sip:x@y>, \"Alice\" <tel:+1-555-000-0001>"])
        #expect(OriginatorIdentity.asserted(wanted, associated: own) == "tel:+15550000001")
        #expect(OriginatorIdentity.asserted(try message([]), associated: own) == own[0])
        #expect(OriginatorIdentity.asserted(wanted, associated: []) == nil)
    }

    @Test("TS 24.229 §5.3.2.1: sip:+E164 with user=phone is asked for as tel")
    func destination() throws {
        let text = String(decoding: try message([]).bytes, as: UTF8.self)
            .replacing("sip:bob@\(Self.home) SIP", with: "sip:+1-555-000-0002@\(Self.home);user=phone SIP")
        let request = try SIPMessage(Array(text.utf8))
        let found = SessionDestination(request, try RequestRouting(request) { _ in false })
        #expect(found?.impu == "tel:+15550000002" && found?.requestURI == "tel:+15550000002")
    }
}
