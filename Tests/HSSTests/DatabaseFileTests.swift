import Foundation
import Testing

@testable import HSS
@testable import Store

@Suite("Subscriber database as a file")
struct DatabaseFileTests {
    let scratch: Scratch
    let database: HSSDatabase

    init() throws {
        scratch = try Scratch()
        database = try HSSDatabase(path: scratch.file("state/hss.sqlite"))
    }

    @Test("Keys are on the disk: the database and its log are readable by their owner only")
    func mode() throws {
        try database.add(NewSubscriber(Lab.subscriber))
        for file in ["hss.sqlite", "hss.sqlite-wal", "hss.sqlite-shm"] {
            #expect(try scratch.mode("state/" + file) == 0o600, "\(file)")
        }
        #expect(try scratch.mode("state") == 0o700)
        // A file somebody made with wider permissions is narrowed before anything is written.
        let wide = try scratch.write("wide.sqlite", "")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: wide)
        _ = try HSSDatabase(path: wide)
        #expect(try scratch.mode("wide.sqlite") == 0o600)
    }

    @Test("TS 33.102 §6.3.2: two HSSs on one database would use the same numbers: the second is refused, by name")
    func oneHSS() throws {
        let path = scratch.file("claimed.sqlite")
        var first: HSSDatabase? = try HSSDatabase(path: path, forHSS: true)
        let error = try #require(throws: StoreError.self) { try HSSDatabase(path: path, forHSS: true) }
        #expect(error.code == .busy && error.detail.contains("claimed.sqlite"))
        #expect(error.detail.contains("another instance"))
        // Provisioning works beside it.
        try HSSDatabase(path: path).add(NewSubscriber(Lab.subscriber))
        try first?.close()
        first = nil
        #expect(try HSSDatabase(path: path, forHSS: true).count == 1)
    }

    @Test(
        "Made by root for a service that is not: the files belong to whom the directory belongs",
        .enabled(if: geteuid() == 0))
    func owner() throws {
        let directory = scratch.file("service")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        #expect(chown(directory, 12_345, 12_345) == 0)
        let made = try HSSDatabase(path: directory + "/hss.sqlite")
        try made.add(NewSubscriber(Lab.subscriber))
        for file in ["hss.sqlite", "hss.sqlite-wal", "hss.sqlite-shm"] {
            var entry = stat()
            #expect(stat(directory + "/" + file, &entry) == 0 && entry.st_uid == 12_345, "\(file)")
        }
    }

    @Test("A word where a number belongs is refused by the file, so reading one cannot go wrong")
    func strict() throws {
        try database.add(NewSubscriber(Lab.subscriber))
        let words = ["subscriber SET seq = 'much'", "subscriber SET k = 'sixteen letters!'", "counter SET value = 'x'"]
        for change in words {
            #expect(throws: (any Error).self) { try database.change("UPDATE " + change) }
        }
    }

    @Test("A transaction is on the disk before its answer leaves")
    func synchronous() throws {
        // 2 is FULL; WAL and NORMAL would lose answered registrations in a power cut.
        #expect(try database.setting("synchronous") == "2")
        #expect(try database.setting("journal_mode") == "wal")
    }
}
