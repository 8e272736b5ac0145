import IMSCore
import RoleKit
import SIP
import Testing

@testable import PCSCF

@Suite("TS 24.229 §5.2.5: what a reginfo document ends at the P-CSCF")
struct RegInfoDecisionTests {
    private func registration(_ id: UInt64, _ contact: String, callID: String = "c", cseq: UInt32 = 2) throws
        -> GmRegistration
    {
        GmRegistration(
            id: id, token: "t", impi: "i", impu: "sip:i@ims.test", contact: try AnyURI(parsing: contact),
            flow: SIPFlow(kind: .udp, listener: ListenerID(raw: 1), remote: SocketAddress(10, 45, 0, 1, port: 5090)),
            listener: 0, authentication: .aka, callID: callID, associatedURIs: [], serviceRoute: [], termIOI: nil,
            chargingFunctions: [], expiry: Moment(nanoseconds: 0), timer: TimerID(raw: 1), cseq: cseq)
    }

    private func contact(
        _ uri: String, _ event: RegInfo.Contact.Event, callID: String? = "c", cseq: UInt32? = 2
    ) -> RegInfo.Contact {
        var contact = RegInfo.Contact(
            id: uri, state: event.isTerminating ? .terminated : .active, event: event, uri: uri)
        contact.callID = callID
        contact.cseq = cseq
        return contact
    }

    private func endings(_ contacts: [RegInfo.Contact], _ registrations: [GmRegistration]) -> [UInt64] {
        let document = RegInfo(
            version: 1, registrations: [.init(aor: "sip:a@b", id: "1", state: .active, contacts: contacts)])
        return RegInfoDecision.endings(document, registrations).map(\.id)
    }

    @Test(
        "a terminated contact ends its registration and no other",
        arguments: [.expired, .deactivated, .probation, .unregistered, .rejected] as [RegInfo.Contact.Event])
    func ends(_ event: RegInfo.Contact.Event) throws {
        let known = [try registration(1, "sip:a@10.45.0.1:5090"), try registration(2, "sip:b@10.45.0.1:5090")]
        #expect(endings([contact("sip:a@10.45.0.1:5090", event)], known) == [1])
    }

    @Test("what is active, or not named, stays")
    func stays() throws {
        let known = [try registration(1, "sip:a@10.45.0.1:5090"), try registration(2, "sip:b@10.45.0.1:5090")]
        #expect(endings([contact("sip:a@10.45.0.1:5090", .refreshed)], known).isEmpty)
        #expect(endings([], known).isEmpty)
        #expect(endings([contact("not a uri", .expired)], known).isEmpty)
    }

    @Test("a contact bound again is active in the same document: it stays")
    func boundAgain() throws {
        let uri = "sip:a@10.45.0.1:5090"
        let told = [contact(uri, .registered), contact(uri, .deactivated)]
        #expect(endings(told, [try registration(1, uri)]).isEmpty)
    }

    @Test(
        "news of an older registration of the same contact, by Call-ID and CSeq, end nothing",
        arguments: [
            ("c", 2, true), ("c", 3, true), ("c", 1, false), ("old", 9, false), (nil, nil, true), ("c", nil, true),
        ] as [(String?, UInt32?, Bool)])
    func late(_ row: (String?, UInt32?, Bool)) throws {
        let told = contact("sip:a@10.45.0.1:5090", .unregistered, callID: row.0, cseq: row.1)
        #expect(endings([told], [try registration(1, "sip:a@10.45.0.1:5090")]).isEmpty != row.2)
    }
}
