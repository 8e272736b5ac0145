import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.2.1: a phone watches its registration")
struct UserSubscriptionTests {
    @Test("§5.4.2.1.2, RFC 3680 §5: 200 with the granted time, then the full state through the P-CSCF")
    func fullState() throws {
        let contact =
            "<sip:001010000000001@10.45.0.1:5090>;+sip.instance=\"<urn:gsma:imei:35-0-0>\";+g.3gpp.smsip;q=0.5"
        let watcher = try Watcher(contact: contact)
        let accepted = try #require(watcher.phone.responses.last { $0.method == .subscribe })
        #expect(try accepted.integer(.expires) == 600_000)
        #expect(accepted.toTag != nil && accepted.has(.contact))
        let notify = try #require(watcher.lastNotify)
        #expect(watcher.notifies.count == 1)
        #expect(notify.requestURIText == "sip:001010000000001@10.45.0.1:5090")
        #expect(notify.text(.event) == "reg")
        #expect(notify.text(.contentType) == "application/reginfo+xml")
        #expect(notify.text(.subscriptionState) == "active;expires=600000")
        #expect(try notify.cseq().number == 1)
        #expect(notify.has(.contact) && notify.text(.callID) == accepted.text(.callID))
        let serial = try #require(try watcher.document().registrations.first?.contacts.first?.id)
        let identity = try #require(try watcher.document().registrations.first?.id)
        #expect(serial.hasPrefix(identity))
        #expect(
            String(decoding: notify.body, as: UTF8.self).hasPrefix(
                """
                <?xml version="1.0" encoding="UTF-8"?>\
                <reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full">\
                <registration aor="\(watcher.phone.uri)" id="\(identity)" state="active">\
                <contact id="\(serial)" state="active" event="created" expires="7200" q="0.5" \
                callid="call-10.45.0.1:5090" cseq="2"><uri>sip:001010000000001@10.45.0.1:5090</uri>\
                <unknown-param name="+sip.instance">&quot;&lt;urn:gsma:imei:35-0-0&gt;&quot;</unknown-param>\
                <unknown-param name="+g.3gpp.smsip"></unknown-param></contact></registration>\
                <registration aor="\(watcher.phone.tel)"
                """))
        // The barred temporary identity is not told.
        #expect(try watcher.document().registrations.map(\.aor) == [watcher.phone.uri, watcher.phone.tel])
    }

    @Test("RFC 3680 §5.2: version and CSeq rise by one for each subscription by itself")
    func versions() throws {
        let watcher = try Watcher()
        #expect(try watcher.register() == 200)
        #expect(try watcher.document().version == 1)
        #expect(try watcher.lastNotify?.cseq().number == 2)
        #expect(try watcher.contacts() == ["active/refreshed"])
        #expect(try watcher.subscribe()?.status == 200)
        #expect(try watcher.document().version == 2)
        #expect(watcher.notifies.count == 3)
        #expect(watcher.count == 1)
    }

    @Test("§5.4.1.4: de-registration is told and ends the subscription", arguments: [false, true])
    func deregistration(byStar: Bool) throws {
        let watcher = try Watcher()
        #expect(try watcher.register(expires: 0, contact: byStar ? "*" : nil) == 200)
        #expect(watcher.lastNotify?.text(.subscriptionState) == "terminated;reason=noresource")
        #expect(try watcher.document().registrations.map(\.state) == [.terminated, .terminated])
        #expect(try watcher.contacts() == ["terminated/unregistered"])
        #expect(watcher.count == 0)
        watcher.core.expectNothingLeft()
    }

    @Test("RFC 3680 §4.7.2: a registration that runs out is told as expired")
    func expiry() throws {
        let watcher = try Watcher()
        watcher.core.world.advance(milliseconds: 7_201_000)
        #expect(try watcher.contacts() == ["terminated/expired"])
        #expect(watcher.lastNotify?.text(.subscriptionState) == "terminated;reason=noresource")
        watcher.core.expectNothingLeft()
    }

    @Test("A replaced contact is told once as deactivated, then it is gone")
    func replaced() throws {
        let watcher = try Watcher()
        #expect(try watcher.register(contact: "<sip:other@10.45.0.1:5090>") == 200)
        #expect(try watcher.contacts() == ["active/created", "terminated/deactivated"])
        #expect(try watcher.document().registrations.first?.contacts.last?.uri.contains("001010000000001") == true)
        #expect(try watcher.register(contact: "<sip:other@10.45.0.1:5090>") == 200)
        #expect(try watcher.contacts() == ["active/refreshed"])
    }

    @Test("§5.4.1.4: one of two contacts goes: the other stays active, and so does the subscription")
    func oneOfTwo() throws {
        let watcher = try Watcher(contact: "<sip:a@10.45.0.1:5090>;expires=900, <sip:b@10.45.0.1:5090>;expires=900")
        #expect(try watcher.contacts() == ["active/created", "active/created"])
        #expect(try watcher.register(expires: 0, contact: "<sip:a@10.45.0.1:5090>") == 200)
        #expect(try watcher.contacts() == ["active/created", "terminated/unregistered"])
        #expect(watcher.lastNotify?.text(.subscriptionState)?.hasPrefix("active") == true)
    }

    @Test("RFC 6665 §4.2.1.4: unsubscribing is answered and told; nothing is told after it")
    func unsubscribe() throws {
        let watcher = try Watcher()
        let answer = try watcher.subscribe(expires: 0)
        #expect(answer?.status == 200)
        #expect(try answer?.integer(.expires) == 0)
        #expect(watcher.lastNotify?.text(.subscriptionState) == "terminated;reason=timeout")
        #expect(watcher.count == 0)
        #expect(try watcher.register() == 200)
        #expect(watcher.notifies.count == 2)
        #expect(try watcher.subscribe()?.status == 481)
    }

    @Test("RFC 6665 §4.2.2: a subscription that is not refreshed times out, with a last NOTIFY")
    func timeout() throws {
        let watcher = try Watcher(subscribes: false)
        #expect(try watcher.subscribe(expires: 600)?.status == 200)
        #expect(watcher.lastNotify?.text(.subscriptionState) == "active;expires=600")
        watcher.core.world.advance(milliseconds: 601_000)
        #expect(watcher.lastNotify?.text(.subscriptionState) == "terminated;reason=timeout")
        #expect(try watcher.contacts() == ["active/created"])
        #expect(watcher.count == 0)
    }

    @Test("RFC 6665 §4.4.3: Expires 0 outside a subscription fetches the state once")
    func fetch() throws {
        let watcher = try Watcher(subscribes: false)
        #expect(try watcher.subscribe(expires: 0)?.status == 200)
        #expect(watcher.lastNotify?.text(.subscriptionState) == "terminated;reason=timeout")
        #expect(try watcher.contacts() == ["active/created"])
        #expect(watcher.count == 0)
    }

    @Test("RFC 3261 §12.2.2: a SUBSCRIBE out of order within the dialog is refused")
    func outOfOrder() throws {
        let watcher = try Watcher()
        watcher.dialog.cseq = 5
        #expect(try watcher.subscribe()?.status == 200)
        #expect(try watcher.subscribe(cseq: 3)?.status == 500)
        #expect(watcher.count == 1)
    }

    @Test("RFC 6665 §4.5.2: the Event id comes back in every NOTIFY")
    func eventID() throws {
        let watcher = try Watcher(subscribes: false)
        #expect(try watcher.subscribe(event: "reg;id=7")?.status == 200)
        #expect(watcher.lastNotify?.text(.event) == "reg;id=7")
    }

    @Test("a phone that has restarted subscribes again from the same contact: the old subscription is gone")
    func restarted() throws {
        let watcher = try Watcher()
        let again = PhoneDialog(
            watcher.phone, callID: "again", target: watcher.phone.uri, peer: "<\(watcher.phone.uri)>")
        again.routes = ["<sip:\(CoreWorld.pcscfAddress);lr>"] + watcher.phone.serviceRoute
        again.send("SUBSCRIBE", extra: ["Event: reg", "Expires: 3600"])
        watcher.core.world.settle()
        #expect(watcher.phone.statuses(.subscribe) == [200, 200])
        #expect(watcher.count == 1)
        #expect(try watcher.register() == 200)
        #expect(watcher.notifies.map(\.callID) == ["reg-10.45.0.1:5090", "again", "again"])
        #expect(try watcher.register(expires: 0) == 200)
        watcher.core.expectNothingLeft()
    }
}
