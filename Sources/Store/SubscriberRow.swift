import AKA
import Foundation
import GRDB
import HSS
import RoleKit

/// One row of `subscriber` with its registration, and the way from and to the HSS's values.
enum SubscriberRow {
    /// Columns in the order `read` takes them.
    static let select = """
        SELECT s.id, s.imsi, s.msisdn, s.private_identity, s.algorithm, s.k, s.opc, s.amf, s.realm, s.ha1,
            s.mandatory, s.optional, s.seq, s.generation, s.changed,
            r.state, r.is_authentication_pending, r.is_reassignment_pending, r.server_name, r.server_host,
            m.host, m.realm, m.is_purged, s.apns
        FROM subscriber s LEFT JOIN registration r ON r.subscriber = s.id LEFT JOIN mme m ON m.subscriber = s.id
        """

    struct Value {
        var id: Int64
        var subscriber: Subscriber
        var seq: UInt64
        var generation: UInt64
        var changed: Int64
        var registration: Registration
        var mme: ServingMME?
    }

    /// - Parameter identities: the subscriber's rows of `public_identity`, in order.
    static func read(_ row: Row, identities: (Int64) throws -> [PublicUserIdentity]) throws -> Value {
        let id: Int64 = row[0]
        var further: Subscriber.Further?
        let others = try identities(id)
        let privateIdentity: String? = row[3]
        let capabilities = ServerCapabilities(mandatory: numbers(row[10]), optional: numbers(row[11]))
        let accessPoints = words(row[23])
        if privateIdentity != nil || !others.isEmpty || !capabilities.isEmpty || !accessPoints.isEmpty {
            further = Subscriber.Further(
                privateIdentity: privateIdentity, publicIdentities: others, capabilities: capabilities,
                accessPoints: accessPoints)
        }
        let seq: Int64 = row[12]
        let generation: Int64 = row[13]
        return Value(
            id: id,
            subscriber: Subscriber(
                imsi: (row[1] as String?).flatMap { Digits($0) }, msisdn: (row[2] as String?).flatMap { Digits($0) },
                authentication: try authentication(row), further: further),
            seq: UInt64(max(0, seq)), generation: UInt64(max(0, generation)), changed: row[14],
            registration: registration(row), mme: mme(row))
    }

    private static func mme(_ row: Row) -> ServingMME? {
        guard let host: String = row[20] else { return nil }
        return ServingMME(host: host, realm: row[21], isPurged: row[22])
    }

    private static func authentication(_ row: Row) throws -> Subscriber.Authentication {
        if let ha1 = try block(row, 9) {
            return .sipDigest(SIPDigestSecret(realm: row[8] ?? "", ha1: ha1))
        }
        let number: Int64 = row[4] ?? 0
        guard let k = try block(row, 5), let algorithm = UInt8(exactly: number).flatMap(AKAAlgorithm.init) else {
            throw StoreError(.unavailable, "subscriber \(row[0] as Int64) has no key or an unknown algorithm")
        }
        let amf: Int64 = row[7] ?? 0
        return .aka(
            AKAKeys(
                algorithm: algorithm, k: k, opc: try block(row, 6) ?? Block128(0), amf: UInt16(truncatingIfNeeded: amf))
        )
    }

    private static func block(_ row: Row, _ index: Int) throws -> Block128? {
        try row.withUnsafeData(atIndex: index) { data in
            data.flatMap { octets in octets.withUnsafeBytes { Block128(memory: $0) } }
        }
    }

    private static func registration(_ row: Row) -> Registration {
        guard let number: Int64 = row[15], let state = UInt8(exactly: number).flatMap(Registration.State.init) else {
            return .none
        }
        return Registration(
            state: state, isAuthenticationPending: row[16], isReassignmentPending: row[17], serverName: row[18],
            serverHost: row[19])
    }

    static func numbers(_ text: String?) -> [UInt32] {
        text?.split(separator: " ").compactMap { UInt32($0) } ?? []
    }

    private static func words(_ text: String?) -> [String] { text?.split(separator: " ").map(String.init) ?? [] }

    static func text(_ words: [String]) -> String? { words.isEmpty ? nil : words.joined(separator: " ") }

    static func text(_ numbers: [UInt32]) -> String? {
        numbers.isEmpty ? nil : numbers.map(String.init).joined(separator: " ")
    }

    /// The identities beyond the derived ones of every subscriber who has any.
    static func allIdentities(_ db: Database) throws -> [Int64: [PublicUserIdentity]] {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT subscriber, identity, is_barred FROM public_identity ORDER BY subscriber, position")
        var found: [Int64: [PublicUserIdentity]] = [:]
        while let row = try rows.next() {
            found[row[0], default: []].append(PublicUserIdentity(row[1], isBarred: row[2]))
        }
        return found
    }

    /// The same of one subscriber.
    static func identities(of id: Int64, _ db: Database) throws -> [PublicUserIdentity] {
        let statement = try db.cachedStatement(
            sql: "SELECT identity, is_barred FROM public_identity WHERE subscriber = ? ORDER BY position")
        return try Row.fetchAll(statement, arguments: [id]).map { PublicUserIdentity($0[0], isBarred: $0[1]) }
    }
}
