import AKA
import Foundation
import GRDB
public import HSS

/// A subscriber as the database has one, for `imsbox subscriber show` and `list`.
public struct SubscriberListing: Sendable {
    public var id: Int64
    public var subscriber: Subscriber
    /// No number above this SQN has been used.
    public var sqn: UInt64
    public var registration: Registration
    public var mme: ServingMME?
}

/// The operator's side: synchronous, from a command's thread.
extension HSSDatabase {
    /// Adds one subscriber. The same subscriber once more is no error and changes nothing.
    ///
    /// - Parameter replacing: takes over other data for an existing IMSI (or private identity) instead of refusing it.
    public func add(_ new: NewSubscriber, replacing: Bool = false) throws(ProvisioningError) {
        try provision { db in
            var writer = try ProvisioningWriter(db)
            try writer.add(new, replacing: replacing)
            try writer.finish()
        }
    }

    /// Reads and adds a form.
    public func add(_ form: SubscriberForm, replacing: Bool = false) throws(ProvisioningError) {
        try add(try SubscriberReader().read(form), replacing: replacing)
    }

    /// Removes a subscriber with its registration; an HSS that runs forgets it within a second.
    public func remove(id: Int64) throws(ProvisioningError) {
        try provision { db in
            var writer = try ProvisioningWriter(db)
            try writer.remove(id: id)
            try writer.finish()
        }
    }

    private func provision(_ body: (Database) throws -> Void) throws(ProvisioningError) {
        do { try queue.write(body) } catch { throw ProvisioningError(error, path: path) }
    }

    // MARK: Finding

    public func find(imsi: String) throws(StoreError) -> SubscriberListing? {
        try one("s.imsi = ?", imsi)
    }

    public func find(msisdn: String) throws(StoreError) -> SubscriberListing? {
        try one("s.msisdn = ?", msisdn.hasPrefix("+") ? String(msisdn.dropFirst()) : msisdn)
    }

    /// Whoever a text of an operator means: an IMSI, an MSISDN, a private or a public identity.
    public func find(_ text: String) throws(StoreError) -> SubscriberListing? {
        let user = text.split(separator: "@", maxSplits: 1).first.map(String.init) ?? text
        let bare = ["sip:", "tel:"].first { user.hasPrefix($0) }.map { String(user.dropFirst($0.utf8.count)) } ?? user
        if let found = try find(imsi: bare) { return found }
        if let found = try find(msisdn: bare) { return found }
        return try named(text)
    }

    private func named(_ text: String) throws(StoreError) -> SubscriberListing? {
        if let found = try one("s.private_identity = ?", text) { return found }
        return try one("s.id = (SELECT subscriber FROM public_identity WHERE identity = ?)", text)
    }

    private func one(_ condition: String, _ value: String) throws(StoreError) -> SubscriberListing? {
        try list("WHERE \(condition) LIMIT 1", [value]).first
    }

    /// Subscribers in the order they were added.
    ///
    /// - Parameter after: the `id` of the last one of the page before; 0 for the first page.
    public func list(after: Int64 = 0, limit: Int = 1_000) throws(StoreError) -> [SubscriberListing] {
        try list("WHERE s.id > ? ORDER BY s.id LIMIT ?", [after, limit])
    }

    private func list(_ tail: String, _ arguments: StatementArguments) throws(StoreError) -> [SubscriberListing] {
        try read { db in
            let now = UInt64(try Counter.generation.value(db))
            return try Row.fetchAll(db, sql: SubscriberRow.select + " " + tail, arguments: arguments).map { row in
                let value = try SubscriberRow.read(row) { try SubscriberRow.identities(of: $0, db) }
                return SubscriberListing(
                    id: value.id, subscriber: value.subscriber, sqn: ProvisioningWriter.highestSQN(value, now: now),
                    registration: value.registration, mme: value.mme)
            }
        }
    }

    public var count: Int {
        get throws(StoreError) { try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM subscriber") ?? 0 } }
    }
}

extension ProvisioningError {
    init(_ error: any Error, path: String) {
        if let error = error as? ProvisioningError {
            self = error
        } else {
            let error = StoreError(error, path: path)
            self.init(.database, error.detail, cure: Self.cure(of: error.code))
        }
    }

    private static func cure(of code: StoreError.Code) -> String {
        switch code {
        case .notWritable: "check free space and the file's permissions"
        case .busy: "is an import running? try again when it has ended"
        case .damaged: "the command changed nothing"
        case .unavailable, .other: "check the file's permissions and free space, and that no import is running"
        }
    }
}
