import RoleKit
import Testing

@testable import SCSCF

@Suite("RFC 3261 §10.3, TS 24.229 §5.4.1: what a REGISTER does to bindings")
struct ContactDecisionTests {
    private func decide(_ headers: String, _ bindings: [Binding] = [], callID: String = "call") throws
        -> ContactDecision
    {
        ContactDecision.decide(
            try RegisterFixture.request(headers, callID: callID), bindings: bindings, interval: RegisterFixture.interval
        )
    }

    private func change(_ headers: String, _ bindings: [Binding] = []) throws -> ContactChange {
        guard case .change(let change) = try decide(headers, bindings) else {
            Issue.record("no change")
            return ContactChange()
        }
        return change
    }

    @Test("RFC 3261 §10.2.1.1: the contact's expires counts, then Expires, then the default; no more than the maximum")
    func grantedSeconds() throws {
        let contact = "Contact: <sip:a@10.0.0.1>"
        #expect(try change(contact + ";expires=100\r\nExpires: 200\r\n").grants.map(\.seconds) == [100])
        #expect(try change(contact + "\r\nExpires: 200\r\n").grants.map(\.seconds) == [200])
        #expect(try change(contact + "\r\n").grants.map(\.seconds) == [3_600])
        #expect(try change(contact + "\r\nExpires: 600000\r\n").grants.map(\.seconds) == [7_200])
    }

    @Test("RFC 3261 §10.3 step 7: shorter than the minimum is 423, zero is not short")
    func tooBrief() throws {
        #expect(try decide("Contact: <sip:a@10.0.0.1>;expires=59\r\n") == .tooBrief(minimum: 60))
        #expect(try change("Contact: <sip:a@10.0.0.1>;expires=60\r\n").grants.count == 1)
        let bound = try RegisterFixture.binding(1, "sip:a@10.0.0.1")
        #expect(try change("Contact: <sip:a@10.0.0.1>;expires=0\r\n", [bound]).removed == [1])
    }

    @Test("RFC 3261 §10.3 step 6: Contact * only with Expires 0 and alone")
    func starRules() throws {
        let bound = try RegisterFixture.binding(1, "sip:a@10.0.0.1")
        #expect(
            try decide("Contact: *\r\nExpires: 60\r\n", [bound])
                == .refuse(status: 400, reason: "Contact * Without Expires 0"))
        #expect(try decide("Contact: *\r\n", [bound]) == .refuse(status: 400, reason: "Contact * Without Expires 0"))
        #expect(throws: RegisterFault(status: 400, reason: "Contact * Beside Others")) {
            try RegisterFixture.request("Contact: *, <sip:a@10.0.0.1>\r\nExpires: 0\r\n")
        }
    }

    @Test("TS 24.229 §5.4.1.4: Contact * removes this UE's bindings, not those of another private identity")
    func starIsTheUEsOwn() throws {
        let own = try RegisterFixture.binding(1, "sip:a@10.0.0.1")
        let other = try RegisterFixture.binding(2, "sip:a@10.0.0.2", impi: "other@ims.test")
        #expect(try change("Contact: *\r\nExpires: 0\r\n", [own, other]).removed == [1])
    }

    @Test("TS 24.229 §5.4.1.4: de-registration of an unknown binding is 481", arguments: ["*", "<sip:a@10.0.0.9>"])
    func unknownBinding(_ contact: String) throws {
        let bound = try RegisterFixture.binding(1, "sip:a@10.0.0.1", impi: "other@ims.test")
        #expect(try decide("Contact: \(contact)\r\nExpires: 0\r\n", [bound]) == .unknownBinding)
    }

    @Test("RFC 3261 §10.3 step 7: within a Call-ID the CSeq must rise; another Call-ID starts anew")
    func ordering() throws {
        let refresh = "Contact: <sip:a@10.0.0.1>\r\n"
        let higher = try RegisterFixture.binding(1, "sip:a@10.0.0.1", callID: "call", cseq: 7)
        #expect(try decide(refresh, [higher]) == .refuse(status: 500, reason: "REGISTER Out Of Order"))
        #expect(
            try decide("Contact: *\r\nExpires: 0\r\n", [higher])
                == .refuse(status: 500, reason: "REGISTER Out Of Order"))
        let lower = try RegisterFixture.binding(1, "sip:a@10.0.0.1", callID: "call", cseq: 6)
        #expect(try change(refresh, [lower]).grants.map(\.serial) == [1])
        let elsewhere = try RegisterFixture.binding(1, "sip:a@10.0.0.1", callID: "other", cseq: 9)
        #expect(try change(refresh, [elsewhere]).grants.map(\.serial) == [1])
    }

    @Test("TS 24.229 §5.4.1.2.2F: a UE's new contact takes the place of its old one, not of another UE's")
    func replacement() throws {
        let old = try RegisterFixture.binding(1, "sip:a@10.0.0.1")
        let other = try RegisterFixture.binding(2, "sip:a@10.0.0.2", impi: "other@ims.test")
        let change = try change("Contact: <sip:a@10.0.0.3>\r\n", [old, other])
        #expect(change.replaced == [1])
        #expect(change.grants.map(\.serial) == [nil])
    }

    @Test("RFC 5626 §6: contacts with reg-id stand beside each other and are renewed by instance and reg-id")
    func outboundFlows() throws {
        let flow = OutboundFlow(instance: "<urn:x>", regID: 1)
        let first = try RegisterFixture.binding(1, "sip:a@10.0.0.1", flow: flow)
        let second = #"Contact: <sip:a@10.0.0.2>;+sip.instance="<urn:x>";reg-id=2"# + "\r\n"
        #expect(try change(second, [first]) == ContactChange(grants: try change(second).grants))
        let moved = #"Contact: <sip:a@10.0.0.9>;+sip.instance="<urn:x>";reg-id=1"# + "\r\n"
        #expect(try change(moved, [first]).grants.map(\.serial) == [1])
    }

    @Test("One contact over a user's limit takes the place of the one nearest its end, never of one just renewed")
    func bindingLimit() throws {
        var bound = try (1...ContactDecision.maximumBindings).map { number in
            try RegisterFixture.binding(
                UInt64(number), "sip:a@10.0.0.\(number)", flow: OutboundFlow(instance: "<urn:\(number)>", regID: 1))
        }
        for index in bound.indices { bound[index].expiry = Moment(nanoseconds: 100) }
        bound[4].expiry = Moment(nanoseconds: 50)
        func contact(_ number: Int) -> String {
            "Contact: <sip:a@10.0.0.\(number)>;+sip.instance=\"<urn:\(number)>\";reg-id=1\r\n"
        }
        let further = try change(contact(200), bound)
        #expect(further.grants.count == 1 && further.replaced == [5])
        #expect(try change(contact(5), bound) == change(contact(5), [bound[4]]))
        #expect(try change(contact(5) + contact(200), bound).replaced == [1])
        #expect(try change(contact(200), Array(bound.dropLast())).replaced == [])
    }

    @Test("RFC 3261 §10.3: several contacts in one REGISTER, one of them going")
    func severalContacts() throws {
        let old = try RegisterFixture.binding(1, "sip:a@10.0.0.1")
        let change = try change("Contact: <sip:a@10.0.0.1>;expires=0, <sip:a@10.0.0.2>, <sip:a@10.0.0.2>\r\n", [old])
        #expect(change.removed == [1])
        #expect(change.grants.count == 1)
        #expect(change.replaced == [])
    }

    @Test("TS 24.229 §5.4.1.2.2: without a challenge nothing new is bound; renewing and removing is allowed")
    func unchallenged() throws {
        let bound = try RegisterFixture.binding(1, "sip:a@10.0.0.1")
        func decide(_ headers: String) throws -> ContactDecision {
            var request = try RegisterFixture.request(headers)
            request.isUnchallenged = true
            return ContactDecision.decide(request, bindings: [bound], interval: RegisterFixture.interval)
        }
        #expect(
            try decide("Contact: <sip:a@10.0.0.2>\r\n") == .refuse(status: 403, reason: "Contact Not Registered"))
        #expect(try decide("Contact: <sip:a@10.0.0.1>\r\n") == self.decide("Contact: <sip:a@10.0.0.1>\r\n", [bound]))
        #expect(try decide("Contact: *\r\nExpires: 0\r\n") == .change(ContactChange(removed: [1])))
        #expect(try decide("Contact: <sip:a@10.0.0.2>;expires=0\r\n") == .unknownBinding)
    }

    @Test("RFC 3261 §10.2.3: no Contact asks for the bindings")
    func fetch() throws { #expect(try decide("") == .fetch) }
}
