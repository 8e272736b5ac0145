import Glibc
import RoleKit
import TestSupport
import Testing

@testable import Store

/// Processes that are killed, disks that are full, files that are damaged.
@Suite("State journal in trouble")
struct JournalTroubleTests {
    let place: Place

    init() throws { place = try Place() }

    @Test(
        "Half a line at the end is left out and told of; what comes after it is whole",
        arguments: ["{\"c\":{\"x", "\0\0"])
    func tornTail(tail: String) throws {
        var journal: StateJournal? = try place.open()
        journal?.keep("a", .number(1))
        journal?.keep("b", .number(2))
        journal = nil
        try place.append(tail.utf8)
        journal = try place.open()
        #expect(journal?.kept() == ["a": .number(1), "b": .number(2)])
        #expect(place.log.count("state journal ended in half a line") == 1 && place.log.lines.count == 1)
        journal?.keep("d", .number(4))
        journal = nil
        #expect(try place.found() == ["a": .number(1), "b": .number(2), "d": .number(4)])
        #expect(place.log.lines.count == 1)
    }

    @Test("Lines nobody can read are left out, counted and told of once")
    func garbage() throws {
        var bytes: [UInt8] = []
        let deep = "{\"x\":" + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}"
        let lines = ["", "garbage", "{}", "{\"a\":1,\"b\":2}", "null", "[1]", "\0\0\0", deep, "{\"a\":1", "{\"a\":1}}"]
        for (number, line) in lines.enumerated() { bytes += Array("{\"\(number)\":\(number)}\n\(line)\n".utf8) }
        bytes += [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D, 10]
        try place.append(bytes)
        let journal = try place.open()
        let expected = (0..<lines.count).map { ("\($0)", Report.number($0)) }
        #expect(journal.kept() == Dictionary(uniqueKeysWithValues: expected))
        let told = try #require(place.log.lines.first)
        #expect(place.log.lines.count == 1 && told.event == "state journal had lines nobody can read")
        let text = told.description
        #expect(text.contains("count=\(lines.count + 1)") && text.contains("line 2;"), "\(told)")
        #expect(place.lines == lines.count, "they are gone from the file")
    }

    @Test("A process killed with SIGKILL in the middle of writing loses nothing it had kept, and its lock")
    func killed() async throws {
        let directory = place.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
            let journal = try StateJournal.open(instance: Place.instance, in: directory, log: CollectingLog())
            let told = open(directory + "/told", O_WRONLY | O_CREAT, 0o600)
            var killer = pthread_t()
            var number = 0
            while true {
                journal.keep("\(number % 500)", .number(number))
                _ = pwrite(told, &number, MemoryLayout<Int>.size, 0)
                number += 1
                guard number == 7_000 else { continue }
                pthread_create(
                    &killer, nil,
                    { _ in
                        kill(getpid(), SIGKILL)
                        return nil
                    }, nil)
            }
        }
        var last = 0
        let told = open(place.told, O_RDONLY)
        #expect(pread(told, &last, MemoryLayout<Int>.size, 0) == MemoryLayout<Int>.size && last >= 6_999)
        close(told)
        let found = try place.found()
        #expect(found.count == 500)
        for key in 0..<500 {
            let newest = last - (last - key) % 500
            guard case .number(let number)? = found["\(key)"] else {
                Issue.record("\(key) is lost")
                continue
            }
            // The one it was at had been written, or not, when it died.
            #expect(number == newest || number == last + 1 && number % 500 == key, "key \(key)")
        }
    }

    @Test("A full disk stops nothing: told once with the cure, and when there is room all is written that was missed")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            func limit(_ size: Int) {
                var room = rlimit(rlim_cur: rlim_t(clamping: size), rlim_max: rlim_t.max)
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &room)
            }
            let place = try Place()
            let journal = try place.open()
            for number in 0..<10 { journal.keep("\(number)", Place.registration(number)) }
            let before = place.bytes()
            limit(before.count + 70)
            for number in 5..<2_000 { journal.keep("\(number)", Place.registration(-number)) }
            journal.keep("3", nil)
            #expect(place.bytes() == before, "no half lines")
            #expect(place.log.count("state could not be written down") == 1 && place.log.lines.count == 1)
            #expect(place.log.lines.first?.fields.contains { $0.0 == .cure && $0.1.contains("make room") } == true)
            limit(.max)
            for _ in 0..<2 { journal.keep("4", nil) }
            #expect(place.log.count("state was written down again") == 1 && place.log.lines.count == 2)
            var expected: [String: Report] = [:]
            for number in 0..<2_000 { expected["\(number)"] = Place.registration(number < 5 ? number : -number) }
            expected["3"] = nil
            expected["4"] = nil
            #expect(JournalContents(place.bytes()).values == expected)
            #expect(journal.kept() == expected)
        }
    }
}
