import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Forking to several contacts")
struct ForkTests {
    /// Alice, and Bob with two phones of these q values.
    private struct Trio {
        let core: CoreWorld
        let alice: Phone
        let desk: Phone
        let mobile: Phone

        init(_ first: String, _ second: String) throws {
            core = try CallWorld.core()
            alice = try CallWorld.phone(1, in: core)
            let bob = try core.subscribe(2)
            desk = try Phone(bob, host: 2, in: core)
            try desk.register(contact: Self.contact(desk, 1, first))
            var other = bob
            other.usim = desk.ue.subscriber.usim
            mobile = try Phone(other, host: 3, in: core)
            try mobile.register(contact: Self.contact(mobile, 2, second))
            try #require(core.registrations().count >= 3)
        }

        private static func contact(_ phone: Phone, _ regID: Int, _ q: String) -> String {
            "<sip:\(phone.ue.user)@\(phone.address)>;+sip.instance=\"<urn:uuid:\(regID)>\";reg-id=\(regID)\(q)"
        }

        func ring(_ phone: Phone, answering status: Int? = nil) {
            phone.answers = { [unowned phone] request in
                switch request.method {
                case .invite:
                    [phone.response(180, to: request)] + (status.map { [phone.response($0, to: request)] } ?? [])
                case .cancel: [phone.response(200, to: request), phone.terminated()]
                case .ack: []
                default: [phone.response(200, to: request)]
                }
            }
        }
    }

    @Test("RFC 3261 §16.7: both ring; the one that answers gets the call, the other CANCEL")
    func parallel() throws {
        let trio = try Trio("", "")
        trio.ring(trio.desk)
        trio.ring(trio.mobile)
        let call = trio.alice.call(trio.desk.uri)
        #expect(trio.alice.statuses(.invite) == [180, 180])
        trio.mobile.send(trio.mobile.response(200, to: try #require(trio.mobile.last(.invite))))
        trio.core.world.settle()
        #expect(trio.alice.statuses(.invite) == [180, 180, 200])
        #expect(trio.desk.count(.cancel) == 1 && trio.mobile.count(.cancel) == 0)
        try call.establish(try #require(trio.alice.responses.last { $0.status == 200 }))
        call.acknowledge()
        call.send("BYE")
        trio.core.world.settle()
        #expect(trio.mobile.count(.bye) == 1 && trio.desk.count(.bye) == 0)
        #expect(trio.alice.statuses(.bye) == [200])
    }

    @Test("RFC 3841 §7.2.4, TS 24.341 §5.3.3: a contact with the required tag alone gets the request; without one, 480")
    func requiredTag() throws {
        let trio = try Trio("", ";+g.3gpp.smsip")
        let extra = ["Accept-Contact: *;+g.3gpp.smsip;require;explicit", "Request-Disposition: no-fork"]
        for headers in [extra, Array(extra.prefix(1))] {
            let before = trio.mobile.count(.message)
            #expect(message(trio, headers) == 200)
            #expect(trio.mobile.count(.message) == before + 1 && trio.desk.count(.message) == 0)
        }
        #expect(message(trio, ["Accept-Contact: *;+g.3gpp.smsip;+x.other;require;explicit"]) == 480)
        // What is only preferred, or may be unsaid, keeps nobody out.
        #expect(message(trio, ["Accept-Contact: *;+x.other;explicit"]) == 200 && trio.desk.count(.message) == 1)
    }

    @Test("RFC 3841 §9.1: no-fork: of two contacts that will do the one registered last gets the request, once")
    func noFork() throws {
        let trio = try Trio(";+g.3gpp.smsip", ";+g.3gpp.smsip")
        #expect(message(trio, ["Request-Disposition: no-fork"]) == 200)
        #expect(trio.mobile.count(.message) == 1 && trio.desk.count(.message) == 0)
        let ranked = try Trio(";q=0.9", ";q=0.5")
        #expect(message(ranked, ["Request-Disposition: no-fork"]) == 200)
        #expect(ranked.desk.count(.message) == 1 && ranked.mobile.count(.message) == 0)
    }

    /// Alice's text to Bob, with headers of her own: its last answer.
    private func message(_ trio: Trio, _ headers: [String]) -> Int? {
        for phone in [trio.desk, trio.mobile] {
            phone.answers = { [unowned phone] request in [phone.response(200, to: request)] }
        }
        let dialog = PhoneDialog(
            trio.alice, callID: "pref-\(trio.alice.statuses(.message).count)", target: trio.desk.uri,
            peer: "<\(trio.desk.uri)>")
        dialog.routes = ["<sip:\(trio.alice.ue.pcscf);lr>"] + trio.alice.serviceRoute
        dialog.send("MESSAGE", extra: headers)
        trio.core.world.settle()
        return trio.alice.statuses(.message).last
    }

    @Test("RFC 3261 §16.7 step 6: both refuse: the best answer, once")
    func bothRefuse() throws {
        let trio = try Trio("", "")
        trio.ring(trio.desk, answering: 486)
        trio.ring(trio.mobile, answering: 603)
        _ = trio.alice.call(trio.desk.uri)
        #expect(trio.alice.statuses(.invite).filter { $0 > 180 } == [603])
    }

    @Test("RFC 3261 §20.10: higher q first; busy there, the next one rings")
    func byQ() throws {
        let trio = try Trio(";q=0.3", ";q=0.9")
        trio.ring(trio.mobile, answering: 486)
        trio.ring(trio.desk, answering: 200)
        let call = trio.alice.call(trio.desk.uri)
        #expect(trio.mobile.count(.invite) == 1 && trio.desk.count(.invite) == 1)
        #expect(trio.alice.statuses(.invite).last == 200)
        #expect(!trio.alice.statuses(.invite).contains(486))
        try call.establish(try #require(trio.alice.responses.last { $0.status == 200 }))
        call.acknowledge()
        call.send("BYE")
        trio.core.world.settle()
        #expect(trio.desk.count(.bye) == 1)
    }

    @Test("RFC 3261 §16.7, serial-fork: nobody answers the first: it is cancelled and the next one rings")
    func byQNoAnswer() throws {
        let trio = try Trio(";q=0.3", ";q=0.9")
        trio.ring(trio.mobile)
        trio.ring(trio.desk)
        _ = trio.alice.call(trio.desk.uri)
        #expect(trio.desk.count(.invite) == 0)
        trio.core.world.advance(milliseconds: 21_000)
        #expect(trio.mobile.count(.cancel) == 1)
        #expect(trio.desk.count(.invite) == 1)
    }

    @Test("RFC 3261 §13.3.1.1, serial-fork: saying again that it rings does not keep the next one waiting")
    func byQRingingAgain() throws {
        let trio = try Trio(";q=0.3", ";q=0.9")
        trio.ring(trio.mobile)
        trio.ring(trio.desk)
        _ = trio.alice.call(trio.desk.uri)
        trio.core.world.advance(milliseconds: 15_000)
        trio.mobile.send(trio.mobile.response(180, to: try #require(trio.mobile.last(.invite))))
        trio.core.world.advance(milliseconds: 6_000)
        #expect(trio.mobile.count(.cancel) == 1)
        #expect(trio.desk.count(.invite) == 1)
    }

    @Test("RFC 3261 §16.10: CANCEL while the first rings: the next one is not tried")
    func byQCancelled() throws {
        let trio = try Trio(";q=0.3", ";q=0.9")
        trio.ring(trio.mobile)
        trio.ring(trio.desk)
        let call = trio.alice.call(trio.desk.uri)
        call.cancel()
        trio.core.world.settle()
        #expect(trio.alice.statuses(.invite).last == 487)
        #expect(trio.desk.count(.invite) == 0)
    }
}
