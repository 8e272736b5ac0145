import Glibc
import RoleKit
import TestSupport
import Testing

@testable import Store

/// The journal does not grow without end.
@Suite("State journal written anew")
struct JournalRewriteTests {
    let place: Place

    init() throws { place = try Place() }

    @Test("At the start it is written with its live lines only; one that has no others is left alone")
    func atTheStart() throws {
        var journal: StateJournal? = try place.open()
        for number in 0..<200 { journal?.keep("\(number % 20)", .number(number)) }
        journal?.keep("7", nil)
        journal = nil
        #expect(place.lines == 201)
        journal = try place.open()
        #expect(place.lines == 19)
        #expect(try place.mode() == 0o600)
        #expect(journal?.kept().count == 19 && journal?.kept()["3"] == .number(183))
        journal = nil
        var before = stat()
        var after = stat()
        #expect(stat(place.file, &before) == 0)
        #expect(try place.found().count == 19)
        #expect(stat(place.file, &after) == 0 && before.st_ino == after.st_ino)
    }

    @Test("While it runs it is written anew when most lines are dead, and changes meanwhile are in it")
    func whileRunning() throws {
        var journal: StateJournal? = try place.open()
        var expected: [String: Report] = [:]
        var longest = 0
        for number in 0..<20_000 {
            let key = "\(number % 300)"
            let value = number % 17 == 0 ? nil : Place.registration(number)
            journal?.keep(key, value)
            expected[key] = value
            guard number % 500 == 499 else { continue }
            longest = max(longest, place.bytes().count)
            // However slow the disk is.
            if number % 1_000 == 999 { journal?.finishRewrite() }
        }
        journal?.finishRewrite()
        #expect(journal?.kept() == expected)
        #expect(longest < 1_000_000, "it was never written anew")
        journal = nil
        #expect(try place.found() == expected)
        #expect(place.log.lines.isEmpty, "\(place.log.lines)")
    }

    @Test("Where no new file can be made the old one goes on, with one warning, and the next attempt comes later")
    func impossible() throws {
        #expect(mkdir(place.file + ".new", 0o700) == 0)
        var journal: StateJournal? = try place.open()
        for number in 0..<6_000 { journal?.keep("a", .number(number)) }
        journal?.finishRewrite()
        #expect(place.lines == 6_000)
        #expect(place.log.count("state journal could not be written anew") == 1 && place.log.lines.count == 1)
        #expect(place.log.lines.first?.fields.contains { $0.0 == .cure } == true)
        #expect(rmdir(place.file + ".new") == 0)
        for number in 0..<20_000 { journal?.keep("a", .number(number)) }
        journal?.finishRewrite()
        #expect(place.lines < 20_000)
        journal = nil
        #expect(try place.found() == ["a": .number(19_999)])
    }

    @Test("One that is let go of in the middle leaves a whole file behind")
    func letGo() throws {
        var journal: StateJournal? = try place.open()
        for number in 0...1_002 { journal?.keep("a", .number(number)) }
        journal?.keep("b", .flag(true))
        journal = nil
        #expect(try place.found() == ["a": .number(1_002), "b": .flag(true)])
        #expect(access(place.file + ".new", F_OK) != 0)
    }
}
