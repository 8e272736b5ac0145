import Glibc
import RoleKit
import TestSupport
import Testing

@testable import Store

/// What an instance writes down and finds again, on real files.
@Suite("State journal")
struct StateJournalTests {
    let place: Place

    init() throws { place = try Place() }

    @Test("What was kept is found again as it was, whatever is in it; nobody but the owner may read it")
    func roundTrip() throws {
        let values: [String: Report] = [
            "registration ä\n\"1\"": Place.registration(1), "": .object([]), "empty": .text(""), "list": .list([]),
            "flag": .flag(false), "low": .number(.min), "high": .number(.max), "null": .text("null"),
            "like a strike-out": .text("x\":null}"), "nested": .list([.list([.object([("null", .text(":null}"))])])]),
        ]
        var journal: StateJournal? = try place.open()
        #expect(journal?.kept() == [:])
        for (key, value) in values { journal?.keep(key, value) }
        #expect(journal?.kept() == values)
        #expect(try place.mode() == 0o600)
        journal = nil
        #expect(try place.found() == values)
        #expect(place.log.lines.isEmpty, "\(place.log.lines)")
    }

    @Test("The last value counts; one that was struck out is gone, and may come again")
    func overwriting() throws {
        var journal: StateJournal? = try place.open()
        for number in 1...3 { for key in ["a", "b", "c"] { journal?.keep(key, .number(number)) } }
        journal?.keep("a", nil)
        journal?.keep("b", nil)
        journal?.keep("b", .number(4))
        #expect(journal?.kept() == ["b": .number(4), "c": .number(3)])
        journal = nil
        #expect(try place.found() == ["b": .number(4), "c": .number(3)])
    }

    @Test("What changes nothing is not written")
    func unchanged() throws {
        let journal = try place.open()
        journal.keep("a", Place.registration(1))
        let before = place.bytes()
        journal.keep("a", Place.registration(1))
        journal.keep("b", nil)
        #expect(place.bytes() == before)
    }

    @Test("A second process on the same file is refused, with what to do; also after the file was written anew")
    func oneProcess() throws {
        var journal: StateJournal? = try place.open()
        let refusal = try #require(throws: JournalError.self) { try place.open() }
        #expect(refusal.description.contains("another imsbox already runs this instance"), "\(refusal)")
        #expect(refusal.description.contains(place.file) && refusal.description.contains("--state-dir"), "\(refusal)")
        for number in 0...1_010 { journal?.keep("a", .number(number)) }
        journal?.finishRewrite()
        #expect(place.lines < 100)
        #expect(throws: JournalError.self) { try place.open() }
        journal = nil
        #expect(try place.found() == ["a": .number(1_010)])
    }

    @Test("A file others may read is narrowed; what is no file, or a link to elsewhere, is refused by name")
    func permissions() throws {
        try place.append([])
        #expect(chmod(place.file, 0o644) == 0)
        _ = try place.open()
        #expect(try place.mode() == 0o600)
        #expect(rename(place.file, place.file + ".other") == 0 && symlink(place.file + ".other", place.file) == 0)
        #expect(try #require(throws: JournalError.self) { try place.open() }.description.contains(place.file))
        #expect(unlink(place.file) == 0 && mkdir(place.file, 0o700) == 0)
        #expect(try #require(throws: JournalError.self) { try place.open() }.description.contains(place.file))
    }

    @Test("A directory that is not there is named")
    func noDirectory() throws {
        let error = try #require(throws: JournalError.self) {
            try StateJournal.open(instance: "p", in: "/nonexistent", log: place.log)
        }
        #expect(error.description.contains("/nonexistent/p.state: No such file"), "\(error)")
    }

    @Test(
        "Made by root for a service that is not: the file belongs to whom the directory belongs, the rewritten one too",
        .enabled(if: geteuid() == 0))
    func owner() throws {
        #expect(chown(place.path, 12_345, 12_345) == 0)
        var entry = stat()
        let journal = try place.open()
        #expect(stat(place.file, &entry) == 0 && entry.st_uid == 12_345)
        for number in 0...1_010 { journal.keep("a", .number(number)) }
        journal.finishRewrite()
        #expect(stat(place.file, &entry) == 0 && entry.st_uid == 12_345 && entry.st_mode & 0o777 == 0o600)
    }

    @Test("The model of a disk outlives its instance, and can lose what it is told")
    func model() {
        let state = ModelState()
        state.keep("a", .number(1))
        state.isLosing = true
        state.keep("a", nil)
        state.keep("b", .number(2))
        #expect(state.kept() == ["a": .number(1)] && state.changes == 3)
    }
}
