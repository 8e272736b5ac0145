import Diameter
import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// Every condition of the table on the wire, RFC 3329 and TS 33.203 §7.3.
@Suite("RFC 3329 §2.3.1, TS 33.203 §7.3: refusals")
struct SecurityAgreementTests {
    @Test("RFC 3329 §2.3.2: 421 with Require and our list to a REGISTER without sec-agree, where IPsec is required")
    func noOffer() throws {
        let world = try SecureWorld(required: true)
        let ue = try world.ue()
        let answer = try #require(try ue.begin(extra: ""))
        #expect(answer.status == 421)
        #expect(answer.texts(.require) == ["sec-agree"] && answer.texts(.securityServer).count == 5)
        #expect(world.core.requests(CxCommands.userAuthorization).isEmpty)
    }

    @Test("RFC 3329 §2.3.2: 494 where IPsec is required of a UE that says it knows sec-agree, and offers nothing")
    func supportedOnly() throws {
        let world = try SecureWorld(required: true)
        let ue = try world.ue()
        let answer = try #require(try ue.begin(extra: "Supported: sec-agree\r\n"))
        #expect(answer.status == 494 && answer.texts(.require) == ["sec-agree"])
        #expect(answer.texts(.securityServer).count == 5)
    }

    @Test("An SPI of the offer is in the kernel already, and not by us: 503, and what has it stays")
    func takenSPI() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        let host = ue.host.hostAddress
        let foreign = XFRMState(
            selector: XFRMSelector(
                source: CoreWorld.pcscfAddress.hostAddress, sourcePort: 0, destination: host, destinationPort: 0,
                owner: 0),
            spi: ue.offered.clientSPI, requestID: 9, suite: try #require(IPsecSuite("hmac-sha-1-96/null")),
            keys: SAKeys(integrity: [1], encryption: []))
        #expect(world.kernel.perform([.addState(foreign)]) == [nil])
        #expect(try ue.begin()?.status == 503)
        #expect(Array(world.kernel.held.keys) == [foreign.id] && world.kernel.protecting == 0)
        ue.renewOffer()
        #expect(try ue.register().status == 200)
    }

    @Test("Where IPsec is preferred a REGISTER without sec-agree goes on without")
    func preferred() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        let challenge = try #require(try ue.begin(extra: ""))
        #expect(challenge.status == 401 && !challenge.has(.securityServer))
        #expect(ue.ue.register(authorization: try ue.ue.answer())?.status == 200)
        #expect(world.core.registrationsAtPCSCF().map { $0["security"] } == [.text("AKA without IPsec")])
        #expect(world.kernel.held.isEmpty)
    }

    @Test(
        "TS 33.203 §7.3.2.1: 494 with our algorithms where there is nothing in common",
        arguments: [
            "ipsec-3gpp;alg=hmac-sha-512;spi-c=1000;spi-s=1001;port-c=31800;port-s=31900", "tls;q=0.1",
            "ipsec-3gpp;prot=ah;alg=hmac-sha-1-96;spi-c=1000;spi-s=1001;port-c=31800;port-s=31900",
        ])
    func nothingInCommon(offer: String) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        let answer = try #require(try ue.begin(extra: ue.agreement(client: offer)))
        #expect(answer.status == 494 && answer.texts(.require) == ["sec-agree"])
        let listed = answer.texts(.securityServer)
        #expect(listed.count == 5 && listed.allSatisfy { $0.hasPrefix("ipsec-3gpp;alg=") && !$0.contains("spi") })
    }

    @Test("RFC 3329 §2.3.1: sec-agree asked for without an offer is 494")
    func askedWithoutOffer() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.begin(extra: "Require: sec-agree\r\n")?.status == 494)
    }

    @Test(
        "TS 33.203 §7.3.2.1: 400 to an offer that cannot be read",
        arguments: [
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1000;spi-s=1001;port-c=31800",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=12;spi-s=1001;port-c=31800;port-s=31900",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1000;spi-s=1000;port-c=31800;port-s=31900",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=99999999999;spi-s=1001;port-c=31800;port-s=31900",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1000;spi-s=1001;port-c=0;port-s=31900",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1000;spi-s=1001;port-c=31800;port-s=31800",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1000;spi-s=1001;port-c=70000;port-s=31900",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1000;spi-s=1001;port-c=31800;port-s=31900, "
                + "ipsec-3gpp;alg=hmac-md5-96;spi-c=1002;spi-s=1001;port-c=31800;port-s=31900",
        ])
    func malformedOffer(offer: String) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.begin(extra: ue.agreement(client: offer))?.status == 400)
        #expect(world.kernel.held.isEmpty)
    }

    @Test("TS 33.203 §7.2: unknown mechanisms of a list are passed over; ours is the first of our list that it has")
    func chosen() throws {
        let world = try SecureWorld(algorithms: ["hmac-sha-1-96/null", "hmac-md5-96/null"])
        let ue = try world.ue(suites: ["hmac-sha-512/aes-cbc", "hmac-md5-96/null", "hmac-sha-1-96/null"])
        #expect(try ue.register().status == 200)
        #expect(ue.set?.suite.description == "hmac-sha-1-96/null")
        #expect(ue.securityServer.components("ipsec-3gpp") == 2)
    }

    @Test(
        "RFC 3329 §2.3.1, B.4: 494 where Security-Verify is not all of Security-Server",
        arguments: ["altered", "missing", "partial", "reordered"])
    func verifyDiffers(kind: String) throws {
        let world = try SecureWorld(algorithms: ["hmac-sha-1-96/aes-cbc", "hmac-md5-96/null"])
        let ue = try world.ue()
        let challenge = try #require(try ue.begin())
        let sent = challenge.texts(.securityServer)
        let verify =
            switch kind {
            case "altered": sent.joined(separator: ", ").replacing("q=0.9", with: "q=0.7")
            case "partial": sent[0]
            case "reordered": sent.reversed().joined(separator: ", ")
            default: ""
            }
        let answer: SIPMessage
        if kind == "missing" {
            _ = try ue.takeChallenge(challenge)
            answer = try #require(
                ue.ue.register(authorization: ue.ue.initialAuthorization, extra: ue.agreement()))
        } else {
            answer = try ue.answer(challenge, verify: verify)
        }
        #expect(answer.status == 494)
        #expect(answer.texts(.securityServer) == sent)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
        #expect(world.clearTraffic(of: ue) == 0)
    }

    @Test("TS 33.203 §7.3.2.3, B.4: 403 where Security-Client is not what it was before the challenge")
    func offerDiffers() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        let challenge = try #require(try ue.begin())
        let other = ue.offer.replacing("spi-c=11111", with: "spi-c=11112")
        #expect(try ue.answer(challenge, client: other).status == 403)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
        // What has failed is there for retransmissions and then gone.
        world.core.world.advance(milliseconds: 130_000)
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
    }

    @Test("TS 33.203 §7.3.2.3: 403 to another user's REGISTER over a set")
    func otherUser() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let other = try world.core.subscribe(2)
        ue.ue.subscriber = other
        #expect(try ue.registerAgain()?.status == 403)
        #expect(world.core.registrationsAtPCSCF().count == 1)
    }

    @Test("B.4: the answer to a challenge in the clear is 403, though RES is right", arguments: [true, false])
    func answeredInTheClear(required: Bool) throws {
        let world = try SecureWorld(required: required)
        let ue = try world.ue()
        #expect(try ue.begin()?.status == 401)
        let answer = ue.ue.register(authorization: try ue.ue.answer(), extra: ue.agreement())
        #expect(answer?.status == 403)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
    }

    @Test("§5.2.2.2: nothing but retransmissions is heard over a set that closes")
    func closing() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        #expect(try ue.registerAgain(expires: 0)?.status == 200)
        #expect(try ue.registerAgain()?.status == 403)
    }

    @Test(
        "RFC 3261 §21.5.4: 503 with Retry-After where the kernel refuses; nothing of the set is left", arguments: 0..<8)
    func kernelRefuses(after: Int) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        (world.kernel.succeeding, world.kernel.refusesOnce) = (after, true)
        let answer = try #require(try ue.begin())
        #expect(answer.status == 503)
        #expect(answer.text(.retryAfter) == "30")
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
        #expect(try ue.register().status == 200)
    }

    @Test("Every condition has an answer of its own clause, and none is a 2xx")
    func table() {
        for condition in SecurityAgreementDecision.Condition.allCases {
            let row = SecurityAgreementDecision.row(condition)
            #expect((400..<600).contains(row.status) && !row.phrase.isEmpty && !row.clause.isEmpty)
        }
    }
}

extension String {
    fileprivate func components(_ word: String) -> Int { ranges(of: word).count }
}
