import AKA
import Diameter
import Testing

@testable import HSS

@Suite("Multimedia-Auth (TS 29.228 §6.3)")
struct MultimediaAuthTests {
    func request(
        _ scheme: String = MultimediaAuth.Scheme.aka, from server: String = Lab.server, items: UInt32 = 1,
        authorization: [UInt8]? = nil
    ) -> MultimediaAuth.Request {
        MultimediaAuth.Request(
            privateIdentity: Lab.impi, publicIdentity: Lab.impu, serverName: server, serverHost: Lab.host,
            scheme: scheme, items: items, authorization: authorization)
    }

    @Test("TS 29.228 §6.3.1 steps 1 to 3: unknown before mismatched")
    func identities() {
        #expect(MultimediaAuth.answer(request(), .unknown).0 == .refuse(.experimental(.userUnknown)))
        #expect(MultimediaAuth.answer(request(), .mismatched).0 == .refuse(.experimental(.identitiesDontMatch)))
    }

    @Test(
        "TS 29.228 §6.3.1 step 4: schemes",
        arguments: [
            ("Digest-AKAv1-MD5", true, true), ("SIP Digest", true, false), ("Unknown", true, true),
            ("Digest-AKAv1-MD5", false, false), ("SIP Digest", false, true), ("Unknown", false, true),
            ("Early-IMS-Security", true, false), ("NASS-Bundled", false, false), ("", true, false),
            // SIP's own name of the algorithm is no scheme of Cx.
            ("AKAv1-MD5", true, false),
        ])
    func schemes(_ scheme: String, _ isSIM: Bool, _ isServed: Bool) {
        let subscriber = isSIM ? Lab.subscriber : Lab.softphone
        let (decision, change) = MultimediaAuth.answer(request(scheme), Lab.known(.none, subscriber))
        if isServed {
            let wanted: MultimediaAuth.Decision
            switch subscriber.authentication {
            case .aka(let keys): wanted = .aka(keys, items: 1, nil)
            case .sipDigest(let secret): wanted = .digest(secret)
            }
            #expect(decision == wanted)
            #expect(change?.serverName == Lab.server)
        } else {
            #expect(decision == .refuse(.experimental(.authSchemeNotSupported)))
            #expect(change == nil)
        }
    }

    @Test("TS 29.228 §6.3.1 step 5, §8.1.1: the asking S-CSCF is stored, even over another one")
    func assignment() {
        func after(_ before: Registration, from server: String = Lab.server) -> Registration {
            MultimediaAuth.answer(request(from: server), Lab.known(before)).1 ?? before
        }
        #expect(after(.none) == Lab.assigned(.notRegistered, isAuthenticationPending: true))
        #expect(after(Lab.assigned(.unregistered)) == Lab.assigned(.unregistered, isAuthenticationPending: true))
        // Failing a re-authentication must not cost the registration.
        #expect(after(Lab.assigned(.registered)) == Lab.assigned(.registered))
        #expect(
            after(Lab.assigned(.registered), from: Lab.otherServer)
                == Lab.assigned(.registered, to: Lab.otherServer))
        #expect(
            after(Lab.assigned(.registered, isReassignmentPending: true), from: Lab.otherServer)
                == Lab.assigned(.registered, to: Lab.otherServer))
    }

    @Test(
        "TS 29.228 §6.3.1: as many vectors as asked for, at least one, at most five",
        arguments: [
            (0, 1), (1, 1), (5, 5), (6, 5), (UInt32.max, 5),
        ] as [(UInt32, Int)])
    func items(_ asked: UInt32, _ given: Int) {
        let (decision, _) = MultimediaAuth.answer(request(items: asked), Lab.known())
        #expect(decision == .aka(Lab.keys, items: given, nil))
    }

    @Test("TS 29.228 table 6.3.2: SIP-Authorization is RAND and AUTS, 30 octets", arguments: [0, 14, 29, 31, 46])
    func malformedAuthorization(_ count: Int) {
        let (decision, change) = MultimediaAuth.answer(
            request(authorization: [UInt8](repeating: 1, count: count)), Lab.known())
        guard case .refuse(.fault(let fault)) = decision else { return #expect(Bool(false), "accepted") }
        #expect(fault.code == .invalidAVPValue && !fault.failed.isEmpty)
        #expect(change == nil)
    }

    @Test("TS 33.102 §6.3.5: RAND and AUTS are taken apart; a USIM that is never content is refused at last")
    func synchronisation() throws {
        let authorization = (0..<30).map { UInt8($0) }
        let (decision, _) = MultimediaAuth.answer(request(authorization: authorization), Lab.known())
        guard case .aka(_, items: 1, let failure?) = decision else { return #expect(Bool(false), "refused") }
        #expect(failure.rand.octets == Array(authorization[..<16]))
        #expect(failure.auts == Array(authorization[16...]))

        var record = Lab.record()
        record.resynchronisations = MultimediaAuth.highestResynchronisations
        let identities = Identities.known(record, isBarred: false)
        #expect(
            MultimediaAuth.answer(request(authorization: authorization), identities).0
                == .refuse(.unableToComply))
        // A new attempt begins without AUTS and is served.
        #expect(MultimediaAuth.answer(request(), identities).0 == .aka(Lab.keys, items: 1, nil))
    }

    @Test("TS 29.228 table 6.3.5: an item for every vector, numbered, with all of RAND, AUTN, XRES, CK and IK")
    func items() throws {
        let functions = try AKAFunctions()
        let vectors = try (1...2).map {
            try functions.vector(Lab.keys, rand: Block128(UInt128($0)), seq: UInt64($0), for: .ims)
        }
        var message = DiameterMessage(CxCommands.multimediaAuth, application: Application.cx, flags: [])
        MultimediaAuth.write(vectors, request(), to: &message)
        #expect(message[Base.userName] == Lab.impi && message[Cx.publicIdentity] == Lab.impu)
        #expect(message[Cx.sipNumberAuthItems] == 2)
        let items = message.all(Cx.sipAuthDataItem)
        #expect(items.map { $0[Cx.sipItemNumber] } == [1, 2])
        for (item, vector) in zip(items, vectors) {
            #expect(item[Cx.sipAuthenticationScheme] == "Digest-AKAv1-MD5")
            #expect(item[Cx.sipAuthenticate] == vector.rand.octets + vector.autn.octets)
            #expect(item[Cx.sipAuthorization] == vector.xres)
            #expect(item[Cx.confidentialityKey] == vector.ck.octets)
            #expect(item[Cx.integrityKey] == vector.ik.octets)
        }
    }

    @Test("TS 29.228 table 6.3.7: SIP Digest gets realm, algorithm, qop and H(A1), and no keys")
    func digest() throws {
        guard case .sipDigest(let secret) = Lab.softphone.authentication else { return }
        var message = DiameterMessage(CxCommands.multimediaAuth, application: Application.cx, flags: [])
        MultimediaAuth.write(secret, request(), to: &message)
        let item = try #require(message[Cx.sipAuthDataItem])
        #expect(item[Cx.sipAuthenticationScheme] == "SIP Digest")
        let digest = try #require(item[Cx.sipDigestAuthenticate])
        #expect(digest[Borrowed.digestRealm] == Lab.home)
        #expect(digest[Borrowed.digestAlgorithm] == "MD5")
        #expect(digest[Borrowed.digestQoP] == "auth")
        #expect(digest[Borrowed.digestHA1] == "0123456789abcdef0123456789abcdef")
        #expect(!item.has(Cx.confidentialityKey) && !item.has(Cx.sipAuthenticate))
        #expect(message[Cx.sipNumberAuthItems] == 1)
    }
}
