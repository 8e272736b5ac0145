import AKA
import SIP
import Testing

@testable import LabUE

@Suite("TS 24.229 §5.1.1: the UE's registration")
struct RegistrationMachineTests {
    private func machine(isCard: Bool = true) -> RegistrationMachine {
        RegistrationMachine(impi: "1@x", isCard: isCard, contact: "sip:1@10.0.0.2:5060;transport=udp")
    }

    private func response(_ status: Int, _ extra: String = "") throws -> RegistrationMachine.Event {
        .response(
            try SIPMessage(
                Array(
                    ("SIP/2.0 \(status) Reason\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:1@x>;tag=a\r\n"
                        + "To: <sip:1@x>;tag=b\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n\(extra)Content-Length: 0\r\n\r\n")
                        .utf8)))
    }

    private func granted(_ seconds: Int) throws -> RegistrationMachine.Event {
        try response(200, "Contact: <sip:1@10.0.0.2:5060;transport=udp>;expires=\(seconds)\r\n")
    }

    private let challenge = "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=AKAv1-MD5, qop=\"auth\"\r\n"

    private func brief(_ effects: Effects<RegistrationMachine.Effect>) -> [String] {
        effects.map { effect in
            switch effect {
            case .send(let expires, let text): "send \(expires)" + (text.map { " \($0)" } ?? "")
            case .ask: "ask"
            case .start(let milliseconds): "start \(milliseconds)"
            case .stop: "stop"
            case .registered(let grant): "registered \(grant.seconds)"
            case .deregistered: "deregistered"
            case .failed(let fault, let retry): "failed \(fault.status ?? 0)" + (retry.map { " \($0)" } ?? "")
            }
        }
    }

    private func fault(_ effects: Effects<RegistrationMachine.Effect>) -> UEFault? {
        for effect in effects { if case .failed(let fault, _) = effect { return fault } }
        return nil
    }

    @Test("§5.1.1.4.1: a registrar that grants no time, or more than there is, is asked again later, not at once")
    func extremeGrants() throws {
        for (granted, wait) in [("0", 500), ("1", 500), ("99999999999999999999", 4_294_966_695_000)] {
            var machine = machine()
            _ = machine.handle(.register)
            let answer = "Contact: <sip:1@10.0.0.2:5060;transport=udp>;expires=\(granted)\r\n"
            #expect(brief(machine.handle(try response(200, answer))).first == "start \(wait)")
        }
    }

    @Test(
        "TS 24.229 §5.1.1.4.1: again 600 s before the end, or at half time where 1200 s or less were granted",
        arguments: [(7_200, 6_600), (1_201, 601), (1_200, 600), (600, 300), (60, 30)])
    func refreshTime(_ granted: Int, _ after: Int) throws {
        var machine = machine()
        _ = machine.handle(.register)
        #expect(
            brief(machine.handle(try self.granted(granted))) == ["start \(after * 1_000)", "registered \(granted)"])
        #expect(brief(machine.handle(.due)) == ["stop", "send 600000"])
    }

    @Test("RFC 3261 §10.2.4: of several contacts the own one's expiry counts")
    func ownContact() throws {
        var machine = machine()
        _ = machine.handle(.register)
        let contacts =
            "Contact: <sip:1@10.0.0.9:5060>;expires=77, <sip:1@10.0.0.2:5060;transport=udp>;expires=1200\r\n"
        #expect(brief(machine.handle(try response(200, contacts))).last == "registered 1200")
    }

    @Test("§5.1.1.5.1: a challenge is answered, the 200 ends it")
    func challenged() throws {
        var machine = machine()
        #expect(brief(machine.handle(.register)) == ["stop", "send 600000"])
        #expect(brief(machine.handle(try response(401, challenge))) == ["ask"])
        #expect(brief(machine.handle(.card(.credentials("proof")))) == ["send 600000 proof"])
        #expect(brief(machine.handle(try granted(60))).last == "registered 60")
    }

    @Test("§5.1.1.5.3: no more than two invalid challenges in a row are answered")
    func invalidChallenges() throws {
        var machine = machine()
        _ = machine.handle(.register)
        for _ in 0..<2 {
            #expect(brief(machine.handle(try response(401, challenge))) == ["ask"])
            #expect(brief(machine.handle(.card(.macFailure("empty")))) == ["send 600000 empty"])
        }
        let end = machine.handle(try response(401, challenge))
        #expect(brief(end) == ["stop", "failed 0"])
        #expect(fault(end)?.cure.contains("K or OPc differ from the HSS's") == true)
    }

    @Test("TS 33.203 §6.1.2.2: after a MAC failure a 403 is told as one")
    func macFailure() throws {
        var machine = machine()
        _ = machine.handle(.register)
        _ = machine.handle(try response(401, challenge))
        _ = machine.handle(.card(.macFailure("empty")))
        let end = machine.handle(try response(403))
        #expect(fault(end)?.problem.contains("MAC failure") == true)
        #expect(fault(end)?.status == 403)
    }

    @Test("TS 33.203 §6.1.2.1: a refused response points at the keys, or at the password")
    func wrongResponse() throws {
        for (isCard, word) in [(true, "K or OPc"), (false, "password")] {
            var machine = machine(isCard: isCard)
            _ = machine.handle(.register)
            _ = machine.handle(try response(401, challenge))
            _ = machine.handle(.card(.credentials("proof")))
            #expect(fault(machine.handle(try response(403)))?.cure.contains(word) == true)
        }
    }

    @Test("§5.4.1.2.1: a 403 before any challenge points at the subscriber")
    func unknownSubscriber() throws {
        var machine = machine()
        _ = machine.handle(.register)
        #expect(fault(machine.handle(try response(403)))?.cure.contains("subscriber list") == true)
    }

    @Test("RFC 3261 §10.2.8: after a 423 once more with what Min-Expires asks for")
    func tooBrief() throws {
        var machine = RegistrationMachine(impi: "1@x", isCard: true, contact: "sip:1@h", expires: 10)
        _ = machine.handle(.register)
        #expect(brief(machine.handle(try response(423, "Min-Expires: 60\r\n"))) == ["send 60"])
        #expect(brief(machine.handle(try response(423, "Min-Expires: 60\r\n"))) == ["stop", "failed 423"])
    }

    @Test("§5.1.1.2.1: a first registration that fails is not tried again by itself")
    func firstFailure() throws {
        var machine = machine()
        _ = machine.handle(.register)
        #expect(brief(machine.handle(try response(504, "Retry-After: 5\r\n"))) == ["stop", "failed 504"])
        #expect(machine.state == .idle)
    }

    @Test("§5.1.1.4.1, RFC 3261 §20.33: one that stood is tried again, after Retry-After or ever longer")
    func laterFailure() throws {
        var machine = machine()
        _ = machine.handle(.register)
        _ = machine.handle(try granted(60))
        _ = machine.handle(.due)
        #expect(brief(machine.handle(try response(504, "Retry-After: 5\r\n"))) == ["start 5000", "failed 504 5000"])
        for wait in [60_000, 120_000, 240_000] {
            _ = machine.handle(.due)
            let silent = RegistrationMachine.Event.unanswered(.noAnswer("REGISTER", "p"))
            #expect(brief(machine.handle(silent)) == ["start \(wait)", "failed 408 \(wait)"])
        }
        _ = machine.handle(.due)
        #expect(brief(machine.handle(try granted(60))).last == "registered 60")
    }

    @Test("§5.1.1.6: de-registration asks for 0 s and answers a challenge as registration does")
    func deregistration() throws {
        var machine = machine()
        _ = machine.handle(.register)
        _ = machine.handle(try granted(60))
        #expect(brief(machine.handle(.deregister)) == ["stop", "send 0"])
        #expect(brief(machine.handle(try response(401, challenge))) == ["ask"])
        #expect(brief(machine.handle(.card(.credentials("proof")))) == ["send 0 proof"])
        #expect(brief(machine.handle(try response(200))) == ["deregistered"])
        #expect(machine.state == .idle && machine.grant == nil)
    }

    @Test("§5.1.1.6: a wish to de-register waits for the REGISTER under way")
    func deregistrationWaits() throws {
        var machine = machine()
        _ = machine.handle(.register)
        #expect(brief(machine.handle(.deregister)).isEmpty)
        #expect(brief(machine.handle(try granted(60))) == ["start 30000", "registered 60", "stop", "send 0"])
        _ = machine.handle(try response(200))
        _ = machine.handle(.register)
        _ = machine.handle(try granted(60))
        _ = machine.handle(.due)
        _ = machine.handle(.deregister)
        #expect(brief(machine.handle(try response(504))) == ["stop", "failed 504"], "no further attempt")
    }

    @Test("A core that challenges for ever is left after four challenges")
    func endlessChallenges() throws {
        var machine = machine()
        _ = machine.handle(.register)
        for _ in 0..<4 {
            #expect(brief(machine.handle(try response(401, challenge))) == ["ask"])
            _ = machine.handle(.card(.credentials("proof")))
        }
        #expect(brief(machine.handle(try response(401, challenge))) == ["stop", "failed 401"])
    }

    @Test("RFC 3261 §8.1.3.5: the same wish once more, for a REGISTER that was not the right one")
    func again() throws {
        var machine = machine()
        #expect(brief(machine.handle(.again)).isEmpty)
        _ = machine.handle(.register)
        #expect(brief(machine.handle(.again)) == ["send 600000"])
        _ = machine.handle(try granted(60))
        _ = machine.handle(.deregister)
        #expect(brief(machine.handle(.again)) == ["send 0"])
    }

    @Test("What the UE may not take ends the attempt, and none follows by itself")
    func unacceptable() throws {
        var machine = machine()
        _ = machine.handle(.register)
        #expect(brief(machine.handle(.unacceptable(.unprotected))) == ["stop", "failed 0"])
        #expect(machine.state == .idle)
    }
}
