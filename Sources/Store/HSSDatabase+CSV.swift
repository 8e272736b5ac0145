import AKA
import Foundation
import GRDB
import HSS

/// How far an import or export has come.
public struct TransferProgress: Sendable {
    public var subscribers: Int
    /// 0 to 1.
    public var fraction: Double
    /// True while an import only reads the file to see whether all of it is right.
    public var isChecking = false
}

extension HSSDatabase {
    /// Rows per transaction: large enough to be quick, small enough that an HSS running on the same file gets its turn.
    private static let chunk = 5_000

    /// Imports a CSV file; subscribers that exist are brought to what the file says. The whole file is read and judged
    /// first, so that a bad line changes nothing.
    ///
    /// - Parameter doubt: is told of what is allowed but looks like a mistake, before anything is stored.
    /// - Returns: how many subscribers the file has.
    @discardableResult
    public func importCSV(
        path file: String, progress: (TransferProgress) -> Void = { _ in }, doubt: (String) -> Void = { _ in }
    ) throws(ProvisioningError) -> Int {
        // The indices of a million subscribers, in whatever order they come.
        do { try change("PRAGMA cache_size = -131072") } catch { throw ProvisioningError(error, path: path) }
        let size = HSSDatabase.size(of: file)
        let total = try HSSDatabase.check(file, doubt) { count, octets in
            progress(TransferProgress(subscribers: count, fraction: Double(octets) / size, isChecking: true))
        }
        var done = 0
        var batch: [(line: Int, new: NewSubscriber)] = []
        try HSSDatabase.forEachRow(of: file) { line, _, new throws(ProvisioningError) in
            batch.append((line, new))
            if batch.count == HSSDatabase.chunk {
                try store(batch, done: done)
                done += batch.count
                batch.removeAll(keepingCapacity: true)
                progress(TransferProgress(subscribers: done, fraction: Double(done) / Double(total)))
            }
        }
        try store(batch, done: done)
        progress(TransferProgress(subscribers: total, fraction: 1))
        return total
    }

    /// Writes every subscriber with its keys to a new file only its owner may read.
    ///
    /// - Returns: how many there are.
    @discardableResult
    public func exportCSV(
        path file: String, progress: (TransferProgress) -> Void = { _ in }
    ) throws(ProvisioningError) -> Int {
        do {
            let output = try PrivateFile(writing: file)
            let total = try count
            let withFurther = try read { db in try HSSDatabase.needsFurtherColumns(db) }
            var text = SubscriberCSV.header(withFurther: withFurther)
            var (last, done) = (Int64(0), 0)
            while true {
                let page = try list(after: last, limit: HSSDatabase.chunk)
                for listing in page { text += SubscriberCSV.line(listing, withFurther: withFurther) }
                try output.write(text)
                guard let end = page.last else { return done }
                (last, done, text) = (end.id, done + page.count, "")
                progress(TransferProgress(subscribers: done, fraction: Double(done) / Double(max(total, done))))
            }
        } catch {
            throw ProvisioningError(error, path: path)
        }
    }

    private static func needsFurtherColumns(_ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM public_identity) OR EXISTS (SELECT 1 FROM subscriber WHERE
                    private_identity IS NOT NULL OR ha1 IS NOT NULL OR mandatory IS NOT NULL OR optional IS NOT NULL
                    OR apns IS NOT NULL)
                """) ?? false
    }

    // MARK: Reading

    /// Reads the whole file and judges every line, also against the lines before it.
    private static func check(
        _ file: String, _ doubt: (String) -> Void, _ progress: (Int, Int) -> Void
    ) throws(ProvisioningError) -> Int {
        var check = ImportCheck()
        try forEachRow(of: file) { line, octets, new throws(ProvisioningError) in
            try check.add(new, line: line)
            if check.count % chunk == 0 { progress(check.count, octets) }
        }
        if check.count == 0 {
            throw ProvisioningError(.invalid, "\(file) has no subscriber", cure: "write one per line below the header")
        }
        if let text = check.doubt { doubt(text) }
        return check.count
    }

    private static func forEachRow(
        of file: String, _ body: (Int, Int, NewSubscriber) throws(ProvisioningError) -> Void
    ) throws(ProvisioningError) {
        var lines = try CSVLines(path: file)
        let reader = try SubscriberReader()
        guard let first = try lines.next() else {
            throw ProvisioningError(
                .invalid, "\(file) is empty", cure: "begin with " + SubscriberCSV.standard.joined(separator: ","))
        }
        let csv = try SubscriberCSV(header: first, line: lines.line)
        while let text = try lines.next() {
            do throws(ProvisioningError) {
                guard let form = try csv.form(text, line: lines.line) else { continue }
                try body(lines.line, lines.octets, try reader.read(form))
            } catch {
                var error = error
                // A full disk is no fault of the line it was noticed at.
                if error.code != .database { error.line = error.line ?? lines.line }
                throw error
            }
        }
    }

    /// One transaction. Conflicts with what the database has show only here.
    private func store(_ batch: [(line: Int, new: NewSubscriber)], done: Int) throws(ProvisioningError) {
        guard !batch.isEmpty else { return }
        do {
            try queue.write { db in
                var writer = try ProvisioningWriter(db)
                for row in batch {
                    do { try writer.add(row.new, replacing: true) } catch var error as ProvisioningError {
                        error.line = row.line
                        throw error
                    }
                }
                try writer.finish()
            }
        } catch {
            var error = ProvisioningError(error, path: path)
            error.cure += " (the \(done) subscribers before are imported)"
            throw error
        }
    }

    private static func size(of file: String) -> Double {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        return max(1, (attributes?[.size] as? NSNumber)?.doubleValue ?? 1)
    }
}
