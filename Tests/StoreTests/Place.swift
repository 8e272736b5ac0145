import Glibc
import RoleKit
import TestSupport
import Testing

@testable import Store

/// A state directory of its own for one test, removed with it, and the log of who works there.
final class Place {
    let path: String
    let log = CollectingLog()
    static let instance = "pcscf"

    init() throws {
        var template = Array("/tmp/imsbox-journal-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in [file, file + ".new/x", file + ".other", told] { unlink(name) }
        for name in [file, file + ".new", path] { rmdir(name) }
    }

    var file: String { "\(path)/\(Self.instance).state" }
    /// Where a child notes how far it has come.
    var told: String { path + "/told" }

    func open() throws(JournalError) -> StateJournal {
        try StateJournal.open(instance: Self.instance, in: path, log: log)
    }

    /// What somebody finds who starts now.
    func found() throws -> [String: Report] { try open().kept() }

    func bytes() -> [UInt8] {
        guard let stream = fopen(file, "r") else { return [] }
        defer { fclose(stream) }
        var entry = stat()
        guard fstat(fileno(stream), &entry) == 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(entry.st_size))
        let count = fread(&bytes, 1, bytes.count, stream)
        return Array(bytes.prefix(count))
    }

    /// Lines of the file as it is now.
    var lines: Int { bytes().count { $0 == 10 } }

    func append(_ bytes: some Sequence<UInt8>) throws {
        let stream = try #require(fopen(file, "a"))
        defer { fclose(stream) }
        for byte in bytes { putc(Int32(byte), stream) }
    }

    func mode() throws -> UInt32 {
        var entry = stat()
        try #require(stat(file, &entry) == 0)
        return entry.st_mode & 0o7777
    }

    /// A registration's size of state.
    static func registration(_ number: Int) -> Report {
        .object([
            ("number", .number(number)), ("impu", .text("sip:00101000000\(number)@ims.mnc001.mcc001.3gppnetwork.org")),
            ("spis", .list([.number(65_536 + number), .number(65_537 + number)])), ("protected", .flag(true)),
        ])
    }
}
