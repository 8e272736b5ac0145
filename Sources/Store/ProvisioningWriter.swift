import AKA
import Foundation
import GRDB
import HSS
import RoleKit

/// Writes subscribers within one transaction and numbers the changes, so that a running HSS finds them.
struct ProvisioningWriter {
    private let db: Database
    private let generation: UInt64
    private var changed: Int64

    init(_ db: Database) throws {
        self.db = db
        generation = UInt64(try Counter.generation.value(db))
        changed = try Counter.provisioning.value(db)
    }

    /// Ends the transaction's numbering.
    func finish() throws { try Counter.provisioning.set(changed, db) }

    /// True if the subscriber is new.
    @discardableResult
    mutating func add(_ new: NewSubscriber, replacing: Bool) throws -> Bool {
        let subscriber = new.subscriber
        guard let existing = try existing(subscriber) else {
            try checkIdentities(subscriber, own: nil)
            try insert(new)
            return true
        }
        let used = ProvisioningWriter.highestSQN(existing, now: generation) >> SequenceNumber.indexBits
        if existing.subscriber == subscriber, new.lastSEQ <= used { return false }
        guard replacing else {
            throw ProvisioningError(
                .conflict, "\(name(subscriber)) exists with other data",
                cure: "remove it first, or add it with --replace")
        }
        try checkIdentities(subscriber, own: existing.id)
        try update(new, existing, used: used)
        return false
    }

    mutating func remove(id: Int64) throws {
        changed += 1
        try db.execute(
            sql: "INSERT INTO removed SELECT ?, id, imsi, private_identity FROM subscriber WHERE id = ?",
            arguments: [changed, id])
        try db.execute(sql: "DELETE FROM subscriber WHERE id = ?", arguments: [id])
        guard db.changesCount > 0 else {
            throw ProvisioningError(.notFound, "there is no such subscriber", cure: "see `imsbox subscriber list`")
        }
    }

    /// An SQN above which nothing has been used, whatever a running HSS does in this generation.
    static func highestSQN(_ value: SubscriberRow.Value, now: UInt64) -> UInt64 {
        let base = SequenceReservation.begin(base: value.seq, written: value.generation, now: now)
        let seq = min(base + (now > 0 ? SequenceReservation.length : 0), SequenceNumber.highestSEQ)
        return seq << SequenceNumber.indexBits | (1 << SequenceNumber.indexBits - 1)
    }

    // MARK: Rows

    /// The subscriber this one would replace. Whether there is any is asked first, since of most there is none.
    private func existing(_ subscriber: Subscriber) throws -> SubscriberRow.Value? {
        let (column, key) =
            subscriber.further?.privateIdentity.map { ("private_identity", $0) }
            ?? ("imsi", subscriber.imsi?.description ?? "")
        let lookup = try db.cachedStatement(sql: "SELECT id FROM subscriber WHERE \(column) = ?")
        guard let id = try Int64.fetchOne(lookup, arguments: [key]) else { return nil }
        let statement = try db.cachedStatement(sql: SubscriberRow.select + " WHERE s.id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map {
            try SubscriberRow.read($0) { try SubscriberRow.identities(of: $0, db) }
        }
    }

    /// No identity may belong to two subscribers; the schema says so too, but not which identity it was.
    private func checkIdentities(_ subscriber: Subscriber, own: Int64?) throws {
        func check(_ sql: String, _ value: String, _ what: String) throws {
            let owner = try Int64.fetchOne(db.cachedStatement(sql: sql), arguments: [value])
            if let owner, owner != own {
                throw ProvisioningError(
                    .conflict, "\(what) \(value) belongs to another subscriber",
                    cure: "remove that one, or correct this one")
            }
        }
        let named = "SELECT subscriber FROM public_identity WHERE identity = ?"
        let numbered = "SELECT id FROM subscriber WHERE msisdn = ?"
        let carded = "SELECT id FROM subscriber WHERE imsi = ?"
        // '@' and what follows it in ASCII: every domain. The home network's is not known here, and none but that one
        // can be registered, so what a number means in another would be a mistake.
        let used = "SELECT subscriber FROM public_identity WHERE identity > ?1 || '@' AND identity < ?1 || 'A'"
        if let imsi = subscriber.imsi {
            // A subscriber without a name of its own was looked for by its IMSI.
            if subscriber.further?.privateIdentity != nil { try check(carded, "\(imsi)", "IMSI") }
            try check(used, "sip:\(imsi)", "public identity")
        }
        if let msisdn = subscriber.msisdn {
            try check(numbered, "\(msisdn)", "MSISDN")
            try check(named, "tel:+\(msisdn)", "public identity")
            try check(used, "sip:+\(msisdn)", "public identity")
        }
        for identity in subscriber.further?.publicIdentities ?? [] {
            try check(named, identity.identity, "public identity")
            switch DerivedIdentity(identity.identity) {
            case .number(let digits): try check(numbered, digits, "MSISDN")
            case .imsi(let digits): try check(carded, digits, "IMSI")
            case nil: break
            }
        }
    }

    private mutating func insert(_ new: NewSubscriber) throws {
        changed += 1
        try db.cachedStatement(
            sql: """
                INSERT INTO subscriber (imsi, msisdn, private_identity, algorithm, k, opc, amf, realm, ha1, mandatory,
                    optional, apns, seq, generation, changed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        .execute(arguments: values(new.subscriber) + [Int64(new.lastSEQ), Int64(generation), changed])
        try insertIdentities(new.subscriber, of: db.lastInsertedRowID)
    }

    /// With the same key the counter only goes on; a new SIM brings its own.
    private mutating func update(_ new: NewSubscriber, _ existing: SubscriberRow.Value, used: UInt64) throws {
        changed += 1
        var (seq, written) = (new.lastSEQ, generation)
        if existing.subscriber.authentication == new.subscriber.authentication, new.lastSEQ <= used {
            (seq, written) = (existing.seq, existing.generation)
        }
        try db.cachedStatement(
            sql: """
                UPDATE subscriber SET imsi = ?, msisdn = ?, private_identity = ?, algorithm = ?, k = ?, opc = ?, amf = ?,
                    realm = ?, ha1 = ?, mandatory = ?, optional = ?, apns = ?, seq = ?, generation = ?, changed = ?
                WHERE id = ?
                """
        )
        .execute(
            arguments:
                values(new.subscriber) + [Int64(seq), Int64(written), changed] + [existing.id])
        try db.cachedStatement(sql: "DELETE FROM public_identity WHERE subscriber = ?")
            .execute(arguments: [existing.id])
        try insertIdentities(new.subscriber, of: existing.id)
    }

    private func insertIdentities(_ subscriber: Subscriber, of id: Int64) throws {
        for (position, identity) in (subscriber.further?.publicIdentities ?? []).enumerated() {
            try db.cachedStatement(sql: "INSERT INTO public_identity VALUES (?, ?, ?, ?)")
                .execute(arguments: [identity.identity, id, position, identity.isBarred])
        }
    }

    /// The columns from `imsi` to `apns`.
    private func values(_ subscriber: Subscriber) -> StatementArguments {
        var key: (algorithm: Int64?, k: Data?, opc: Data?, amf: Int64?)
        var digest: (realm: String?, ha1: Data?)
        switch subscriber.authentication {
        case .aka(let keys):
            key = (Int64(keys.algorithm.rawValue), Data(keys.k.octets), Data(keys.opc.octets), Int64(keys.amf))
        case .sipDigest(let secret): digest = (secret.realm, Data(secret.ha1.octets))
        }
        let further = subscriber.further
        return [
            subscriber.imsi?.description, subscriber.msisdn?.description, further?.privateIdentity, key.algorithm,
            key.k, key.opc, key.amf, digest.realm, digest.ha1,
            SubscriberRow.text(further?.capabilities.mandatory ?? []),
            SubscriberRow.text(further?.capabilities.optional ?? []), SubscriberRow.text(further?.accessPoints ?? []),
        ]
    }

    private func name(_ subscriber: Subscriber) -> String {
        subscriber.further?.privateIdentity ?? subscriber.imsi.map { "IMSI \($0)" } ?? "the subscriber"
    }
}
