import AKA
import Testing

@testable import HSS

@Suite("Subscribers in memory")
struct DirectoryTests {
    let directory = Lab.directory([Lab.subscriber, Lab.neighbour, Lab.allBarred, Lab.softphone])

    @Test(
        "TS 23.003 §13.3: private identities",
        arguments: [
            (Lab.impi, 0), ("001010000000001@IMS.MNC001.MCC001.3GPPNETWORK.ORG", 0), ("alice@\(Lab.home)", 3),
            ("001010000000001@elsewhere.example", nil), ("001010000000001", nil), ("1010000000001@\(Lab.home)", nil),
            ("bob@\(Lab.home)", nil), ("", nil), ("@", nil), ("0010100000000010000000000@\(Lab.home)", nil),
        ] as [(String, Int?)])
    func privateIdentities(_ identity: String, _ slot: Int?) {
        #expect(directory.find(privateIdentity: identity) == slot)
    }

    @Test(
        "TS 23.003 §13.4: public identities in any spelling, and which are barred",
        arguments: [
            (Lab.impu, 0, false), ("tel:+15550000001", 0, false), (Lab.barredIMPU, 0, true),
            ("sip:+1-555-000-0001@\(Lab.home);user=phone", 0, false), ("tel:+1-555-000-0001", 0, false),
            ("SIP:+15550000001@\(Lab.home):5060", 0, false), ("sip:alice@\(Lab.home)", 3, false),
            ("sip:alice.old@\(Lab.home)", 3, true), ("sip:Alice@\(Lab.home)", nil, false),
            ("sip:+15550000001@elsewhere.example", nil, false), ("sip:15550000001@\(Lab.home)", nil, false),
            ("tel:15550000001", nil, false), ("sips:+15550000001@\(Lab.home)", nil, false), ("", nil, false),
            ("sip:", nil, false), ("urn:service:sos", nil, false), ("tel:+", nil, false),
        ] as [(String, Int?, Bool)])
    func publicIdentities(_ identity: String, _ slot: Int?, _ isBarred: Bool) {
        let found = directory.find(publicIdentity: identity)
        #expect(found?.slot == slot)
        if found != nil { #expect(found?.isBarred == isBarred) }
    }

    @Test("TS 29.228 §6.1.1.1 steps 1 and 2: exist, then belong together")
    func together() {
        func identities(_ user: String?, _ publicIdentities: [String]) -> Identities {
            directory.identities(privateIdentity: user, publicIdentities: publicIdentities).0
        }
        #expect(identities(Lab.impi, [Lab.impu]) == .known(Lab.record(), isBarred: false))
        #expect(identities(Lab.impi, [Lab.barredIMPU]) == .known(Lab.record(), isBarred: true))
        #expect(identities(Lab.impi, ["tel:+15550000002"]) == .mismatched)
        #expect(identities(nil, [Lab.impu, "tel:+15550000002"]) == .mismatched)
        #expect(identities(Lab.impi, ["tel:+15559999999"]) == .unknown)
        #expect(identities("nobody@\(Lab.home)", [Lab.impu]) == .unknown)
        #expect(identities(nil, []) == .unknown)
    }

    @Test("Provisioning: a subscriber changed in place keeps registration and counter, a new key starts anew")
    func changedInPlace() throws {
        directory.update(0, id: 1) {
            $0.registration = Lab.assigned(.registered)
            for _ in 0..<10 { _ = $0.sequence.take() }
        }
        var moved = Lab.subscriber
        moved.msisdn = Digits("15550000099")
        directory.store(StoredSubscriber(id: 1, subscriber: moved, base: 0, registration: .none))
        #expect(directory.find(publicIdentity: Lab.impu) == nil)
        let slot = try #require(directory.find(publicIdentity: "tel:+15550000099")?.slot)
        #expect(directory[slot]?.registration == Lab.assigned(.registered))
        #expect(directory[slot]?.sequence.last == 10)
        #expect(directory.count == 4)

        var other = Lab.keys
        other.amf = 0
        moved.authentication = .aka(other)
        directory.store(StoredSubscriber(id: 1, subscriber: moved, base: 3, registration: .none))
        let again = try #require(directory.find(privateIdentity: Lab.impi))
        #expect(directory[again]?.sequence.last == 3)
    }

    @Test("Provisioning: a number may pass from one subscriber to another in either order")
    func numberMoves() {
        var first = Lab.subscriber
        var second = Lab.neighbour
        (first.msisdn, second.msisdn) = (second.msisdn, first.msisdn)
        directory.store(StoredSubscriber(id: 1, subscriber: first, base: 0, registration: .none))
        directory.store(StoredSubscriber(id: 2, subscriber: second, base: 0, registration: .none))
        let one = directory.find(publicIdentity: "tel:+15550000001")?.slot
        let two = directory.find(publicIdentity: "tel:+15550000002")?.slot
        #expect(one == directory.find(privateIdentity: "001010000000002@\(Lab.home)"))
        #expect(two == directory.find(privateIdentity: Lab.impi))
    }

    @Test("Subscribers in each state are counted, whatever happens to them")
    func states() {
        directory.update(0, id: 1) { $0.registration = Lab.assigned(.registered) }
        directory.update(1, id: 2) { $0.registration = Lab.assigned(.registered) }
        directory.update(2, id: 3) { $0.registration = Lab.assigned(.unregistered) }
        #expect(directory.states == [1, 2, 1])
        #expect(directory.served(most: 10).map(\.id) == [1, 2, 3])
        #expect(directory.served(most: 2).map(\.id) == [1, 2])
        directory.store(StoredSubscriber(id: 1, subscriber: Lab.subscriber, base: 0, registration: .none))
        directory.remove(id: 2, imsi: Lab.neighbour.imsi, privateIdentity: nil)
        #expect(directory.states == [1, 1, 1])
        #expect(directory.served(most: 10).count == 2)
    }

    @Test("Provisioning: a removed subscriber is gone with all identities, and the place is used again")
    func removed() {
        directory.remove(id: 4, imsi: nil, privateIdentity: "alice@\(Lab.home)")
        #expect(directory.find(publicIdentity: "sip:alice@\(Lab.home)") == nil)
        #expect(directory.find(privateIdentity: "alice@\(Lab.home)") == nil)
        #expect(directory.count == 3)
        // An old number does not remove whoever has the identity now.
        directory.remove(id: 99, imsi: Digits(Lab.imsi), privateIdentity: nil)
        #expect(directory.find(privateIdentity: Lab.impi) == 0)
        directory.store(StoredSubscriber(id: 5, subscriber: Lab.softphone, base: 0, registration: .none))
        #expect(directory.find(privateIdentity: "alice@\(Lab.home)") == 3)
    }

    @Test(
        "TS 23.003 §2.2: digits keep their leading zeros and their number",
        arguments: [
            "0", "00101", "001010000000001", "999999999999999", "000000000000000",
        ])
    func digits(_ text: String) throws {
        #expect(try #require(Digits(text)).description == text)
    }

    @Test("Digits are one to fifteen and nothing else", arguments: ["", "1234567890123456", "12a", "+12", " 1", "１２"])
    func noDigits(_ text: String) {
        #expect(Digits(text) == nil)
    }

    @Test("TS 23.003 §13.4B, TS 24.229 §5.4.1.2.2F: the IMSI's identity is barred and stands behind the default one")
    func implicitSet() {
        #expect(
            Lab.subscriber.publicIdentities(home: Lab.home) == [
                PublicUserIdentity(Lab.impu), PublicUserIdentity("tel:+15550000001"),
                PublicUserIdentity(Lab.barredIMPU, isBarred: true),
            ])
        // Written down once more, they are still one each, and the IMSI's stays barred.
        var written = Lab.subscriber
        written.further = Subscriber.Further(publicIdentities: [
            PublicUserIdentity(Lab.barredIMPU), PublicUserIdentity(Lab.impu), PublicUserIdentity("sip:a@example.org"),
        ])
        #expect(
            written.publicIdentities(home: Lab.home) == [
                PublicUserIdentity(Lab.impu), PublicUserIdentity("tel:+15550000001"),
                PublicUserIdentity("sip:a@example.org"), PublicUserIdentity(Lab.barredIMPU, isBarred: true),
            ])
        #expect(Lab.subscriber.hasUsableIdentity && Lab.softphone.hasUsableIdentity)
        #expect(!Lab.allBarred.hasUsableIdentity)
    }

    @Test("A subscriber with a SIM needs no allocation of its own and at most 400 bytes, indices included")
    func memory() {
        // Both indices of a dictionary at its usual filling: key, value and control bits, twice over.
        let indices = 2 * 2 * (MemoryLayout<Digits>.size + MemoryLayout<SubscriberDirectory.Slot>.size)
        #expect(MemoryLayout<SubscriberRecord?>.stride + indices <= 400)
        #expect(Lab.subscriber.further == nil)
    }
}
