import AKA
import Foundation
import Testing

@testable import HSS
@testable import Store

@Suite("Subscriber database")
struct DatabaseTests {
    let scratch: Scratch
    let database: HSSDatabase

    init() throws {
        scratch = try Scratch()
        database = try HSSDatabase(path: scratch.file("state/hss.sqlite"))
    }

    /// What another process finds in the file.
    func reopened() throws -> HSSDatabase { try HSSDatabase(path: scratch.file("state/hss.sqlite")) }

    func loaded(_ database: HSSDatabase) throws -> [StoredSubscriber] {
        var all: [StoredSubscriber] = []
        try database.open(expecting: { all.reserveCapacity($0) }, { all.append($0) })
        return all
    }

    @Test("A file that is no database, and a directory that does not let us, are errors that name the file")
    func unusable() throws {
        let text = try scratch.write("text.sqlite", String(repeating: "no database at all, only words. ", count: 40))
        let error = try #require(throws: StoreError.self) { try HSSDatabase(path: text) }
        #expect(error.code == .damaged && error.detail.contains("text.sqlite") && error.detail.contains("backup"))
        let nowhere = try #require(throws: StoreError.self) { try HSSDatabase(path: "/proc/none/hss.sqlite") }
        #expect(nowhere.detail.contains("/proc/none"))
    }

    @Test("Everything of a subscriber comes back", arguments: [Lab.subscriber, Lab.softphone, Lab.neighbour])
    func roundTrip(_ subscriber: Subscriber) throws {
        try database.add(NewSubscriber(subscriber, lastSEQ: 77))
        let stored = try #require(try loaded(try reopened()).first)
        #expect(stored.subscriber == subscriber)
        #expect(stored.registration == .none)
        #expect(stored.base >= 77)
    }

    @Test("Adding the same subscriber again is no error and changes nothing; other data need to be asked for")
    func idempotent() throws {
        try database.add(NewSubscriber(Lab.subscriber, lastSEQ: 5))
        try database.add(NewSubscriber(Lab.subscriber, lastSEQ: 5))
        #expect(try database.count == 1)
        var changed = Lab.subscriber
        changed.msisdn = Digits("15550000042")
        let error = try #require(throws: ProvisioningError.self) { try database.add(NewSubscriber(changed)) }
        #expect(error.code == .conflict && error.problem.contains(Lab.imsi))
        try database.add(NewSubscriber(changed), replacing: true)
        let found = try #require(try database.find("+15550000042"))
        #expect(found.subscriber == changed && found.id == 1)
    }

    @Test("No identity belongs to two subscribers; the refusal names it")
    func conflicts() throws {
        try database.add(NewSubscriber(Lab.subscriber))
        try database.add(NewSubscriber(Lab.softphone))
        var thief = Lab.neighbour
        thief.msisdn = Lab.subscriber.msisdn
        let number = try #require(throws: ProvisioningError.self) { try database.add(NewSubscriber(thief)) }
        #expect(number.code == .conflict && number.problem.contains("15550000001"))
        thief.msisdn = nil
        thief.further = Subscriber.Further(publicIdentities: [PublicUserIdentity("tel:+15550000001")])
        let derived = try #require(throws: ProvisioningError.self) { try database.add(NewSubscriber(thief)) }
        #expect(derived.code == .conflict && derived.problem.contains("15550000001"))
        thief.further = Subscriber.Further(publicIdentities: [PublicUserIdentity("sip:alice@\(Lab.home)")])
        let identity = try #require(throws: ProvisioningError.self) { try database.add(NewSubscriber(thief)) }
        #expect(identity.problem.contains("sip:alice@"))
        #expect(try database.count == 2)
    }

    @Test(
        "TS 23.003 §13.4: an identity that follows from a SIM is nobody else's, whichever of the two comes first",
        arguments: [
            "sip:+15550000001@\(Lab.home)", "sip:+15550000001@example.org", "tel:+15550000001",
            "sip:001010000000001@\(Lab.home)",
        ])
    func derivedConflict(_ identity: String) throws {
        var thief = Lab.softphone
        thief.further = Subscriber.Further(
            privateIdentity: "carl@\(Lab.home)", publicIdentities: [PublicUserIdentity(identity)])
        for pair in [[Lab.subscriber, thief], [thief, Lab.subscriber]] {
            let database = try HSSDatabase(path: scratch.file("\(UUID()).sqlite"))
            try database.add(NewSubscriber(pair[0]))
            let error = try #require(throws: ProvisioningError.self) { try database.add(NewSubscriber(pair[1])) }
            #expect(error.code == .conflict && error.problem.contains("belongs to another"), "\(error)")
        }
    }

    @Test("A SIM's own identities written out, and a number that only begins like another's, are no conflict")
    func ownIdentities() throws {
        var own = Lab.subscriber
        own.further = Subscriber.Further(publicIdentities: [PublicUserIdentity(Lab.impu)])
        try database.add(NewSubscriber(own))
        try database.add(NewSubscriber(Lab.subscriber), replacing: true)
        var longer = Lab.softphone
        longer.further = Subscriber.Further(
            privateIdentity: "carl@\(Lab.home)", publicIdentities: [PublicUserIdentity("sip:+155500000011@\(Lab.home)")]
        )
        try database.add(NewSubscriber(longer))
        #expect(try database.count == 2)
    }

    @Test(
        "Finding by whatever the operator has",
        arguments: [
            Lab.imsi, "15550000001", "+15550000001", "tel:+15550000001", "sip:+15550000001@\(Lab.home)", Lab.impi,
            Lab.barredIMPU,
        ])
    func find(_ text: String) throws {
        try database.add(NewSubscriber(Lab.neighbour))
        try database.add(NewSubscriber(Lab.subscriber))
        #expect(try database.find(text)?.subscriber == Lab.subscriber)
    }

    @Test("Finding who has no SIM, and nobody")
    func findOthers() throws {
        try database.add(NewSubscriber(Lab.softphone))
        #expect(try database.find("alice@\(Lab.home)")?.subscriber == Lab.softphone)
        #expect(try database.find("sip:alice@\(Lab.home)")?.subscriber == Lab.softphone)
        #expect(try database.find("bob") == nil)
        #expect(try database.find("") == nil)
    }

    @Test("Listing page by page, and removing")
    func listing() throws {
        #expect(try database.seedLab(count: 25) == 25)
        var ids: [Int64] = []
        while true {
            let page = try database.list(after: ids.last ?? 0, limit: 10)
            if page.isEmpty { break }
            ids += page.map(\.id)
        }
        #expect(ids.count == 25 && Set(ids).count == 25)
        try database.remove(id: 7)
        #expect(try database.count == 24)
        #expect(try database.find(imsi: "001010000000007") == nil)
        let error = try #require(throws: ProvisioningError.self) { try database.remove(id: 7) }
        #expect(error.code == .notFound)
    }

    @Test("Lab subscribers are those of the test drivers, and only go into an empty database")
    func lab() throws {
        #expect(try database.seedLab(count: 3) == 3)
        #expect(try database.seedLab(count: 3) == 0)
        let first = try #require(try database.find(imsi: "001010000000001"))
        #expect(
            first.subscriber
                == Subscriber(
                    imsi: Digits("001010000000001"), msisdn: Digits("15550000001"),
                    authentication: .aka(
                        AKAKeys(
                            algorithm: .milenage, k: Block128(0x616b_6130_3030_3030_3030_3030_3030_3031),
                            opc: Block128(0xcd78_4a91_ebc7_f1d3_8566_edbf_a287_c5d3), amf: 0x3939))))
        #expect(try database.find(msisdn: "15550000003") != nil)
    }

    @Test("A batch is one transaction; a subscriber removed meanwhile does not fail it")
    func batch() async throws {
        try database.add(NewSubscriber(Lab.subscriber))
        try database.add(NewSubscriber(Lab.neighbour))
        _ = try loaded(database)
        try database.remove(id: 2)
        let registered = Lab.assigned(.registered, isAuthenticationPending: true, isReassignmentPending: true)
        try await database.commit([
            .registration(subscriber: 2, registered), .sequence(subscriber: 2, base: 9),
            .registration(subscriber: 1, registered), .sequence(subscriber: 1, base: 500),
        ])
        let stored = try loaded(try reopened())
        #expect(stored.map(\.id) == [1])
        #expect(stored.first?.registration == registered)
        #expect(stored.first?.base ?? 0 > 500)
        try await database.commit([.registration(subscriber: 1, .none)])
        #expect(try loaded(try reopened()).first?.registration == Registration.none)
    }

    @Test("TS 29.272 §5.2.1.1: the serving MME survives a restart, and nobody else's does")
    func servingMME() async throws {
        try database.add(NewSubscriber(Lab.subscriber))
        try database.add(NewSubscriber(Lab.neighbour))
        _ = try loaded(database)
        try await database.commit([.servingMME(subscriber: 1, ServingMME(host: "mme.x", realm: "x"))])
        #expect(try loaded(try reopened()).map { $0.mme?.host } == ["mme.x", nil])
        let purged = ServingMME(host: "mme2.x", realm: "x", isPurged: true)
        try await database.commit([
            .servingMME(subscriber: 1, purged), .servingMME(subscriber: 99, ServingMME(host: "mme.x", realm: "x")),
        ])
        #expect(try loaded(try reopened()).map(\.mme) == [purged, nil])
    }

    @Test("A batch that fails leaves nothing of itself, and the next one is written")
    func failedBatch() async throws {
        try database.add(NewSubscriber(Lab.subscriber))
        try database.add(NewSubscriber(Lab.neighbour))
        _ = try loaded(database)
        let batch: [StoreChange] = [
            .registration(subscriber: 1, Lab.assigned(.registered)),
            .registration(subscriber: 2, Lab.assigned(.registered)),
        ]
        try database.change(
            "CREATE TRIGGER full BEFORE INSERT ON registration WHEN NEW.subscriber = 2 BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        let error = await #expect(throws: StoreError.self) { try await database.commit(batch) }
        #expect(error?.detail.contains("full") == true)
        #expect(try loaded(try reopened()).allSatisfy { $0.registration == .none })
        try database.change("DROP TRIGGER full")
        try await database.commit(batch)
        #expect(try loaded(try reopened()).allSatisfy { $0.registration == Lab.assigned(.registered) })
    }

    @Test("A running HSS hears of what another process provisions, in order and once")
    func provisioned() async throws {
        try database.add(NewSubscriber(Lab.subscriber))
        _ = try loaded(database)
        #expect(try await database.provisioned().isEmpty)
        let other = try reopened()
        try other.add(NewSubscriber(Lab.neighbour, lastSEQ: 12))
        try other.remove(id: 1)
        let changes = try await database.provisioned()
        #expect(changes.count == 2)
        guard case .stored(let stored) = changes.first, case .removed(id: let id, let imsi, _) = changes.last else {
            return #expect(Bool(false), "\(changes.count) changes")
        }
        #expect(stored.subscriber == Lab.neighbour && stored.base == 12)
        #expect(id == 1 && imsi == Lab.subscriber.imsi)
        #expect(try await database.provisioned().isEmpty)
    }

    @Test("An HSS with nothing to hear asks the file system, not the database, and still hears of what comes")
    func idleCheck() async throws {
        try database.add(NewSubscriber(Lab.subscriber))
        _ = try loaded(database)
        func setTime(ofLog seconds: Double) throws {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: seconds)],
                ofItemAtPath: scratch.file("state/hss.sqlite-wal"))
        }
        // Somebody wrote a moment ago, and could write again in the same tick of the file system's clock.
        #expect(try await database.provisioned().isEmpty)
        #expect(database.logSeen?.isSettled == false)
        try setTime(ofLog: -60)
        #expect(try await database.provisioned().isEmpty)
        #expect(database.logSeen?.isSettled == true)
        // Whoever asked the database now would be told of the first subscriber again.
        database.readUpTo = 0
        #expect(try await database.provisioned().isEmpty)
        try reopened().add(NewSubscriber(Lab.neighbour))
        #expect(try await database.provisioned().count == 2)
        #expect(try await database.provisioned().isEmpty)
        // A clock that was turned back.
        try setTime(ofLog: 3_600)
        #expect(try await database.provisioned().isEmpty)
        try reopened().remove(id: 2)
        #expect(try await database.provisioned().count == 1)
    }

    @Test("Changes come in portions that a loop can take")
    func portions() async throws {
        _ = try loaded(database)
        try database.seedLab(count: HSSDatabase.highestChanges + 1)
        #expect(try await database.provisioned().count == HSSDatabase.highestChanges)
        #expect(try await database.provisioned().count == 1)
        #expect(try await database.provisioned().isEmpty)
    }

    @Test("TS 33.102: giving the same SIM again never turns its counter back; a new key does")
    func counterOfReplaced() async throws {
        try database.add(NewSubscriber(Lab.subscriber, lastSEQ: 1_000))
        _ = try loaded(database)
        try await database.commit([.sequence(subscriber: 1, base: 2_000)])
        var changed = Lab.subscriber
        changed.msisdn = Digits("15550000042")
        try database.add(NewSubscriber(changed, lastSEQ: 1_000), replacing: true)
        #expect(try loaded(try reopened()).first?.base ?? 0 >= 2_000 + SequenceReservation.length)
        changed.authentication = .aka(AKAKeys(algorithm: .xor, k: Lab.keys.k, opc: Block128(0), amf: 0))
        try database.add(NewSubscriber(changed, lastSEQ: 3), replacing: true)
        #expect(try loaded(try reopened()).first?.base ?? 9_999 < 1_000)
    }
}
