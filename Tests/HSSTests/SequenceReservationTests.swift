import Testing

@testable import HSS

@Suite("Sequence numbers reserved ahead (TS 33.102 §6.3.2)")
struct SequenceReservationTests {
    static let length = SequenceReservation.length

    @Test("A range may be used without writing; beyond it nothing")
    func range() {
        var sequence = SequenceReservation(base: 100)
        for number in 101...(100 + Self.length) { #expect(sequence.take() == number) }
        #expect(sequence.take() == nil)
        #expect(!sequence.has(1))
    }

    @Test("Half of the range is the moment to write, once; only that write's end widens it")
    func extension_() throws {
        var sequence = SequenceReservation(base: 0)
        for _ in 1..<(Self.length / 2) { _ = sequence.take() }
        #expect(sequence.extensionDue() == nil)
        _ = sequence.take()
        let duebase = sequence.extensionDue()
        let base = try #require(duebase)
        #expect(base == Self.length / 2)
        #expect(sequence.extensionDue() == nil)
        sequence.extended(to: 7, isDurable: true)
        #expect(sequence.limit == Self.length)
        sequence.extended(to: base, isDurable: true)
        #expect(sequence.limit == base + Self.length)
    }

    @Test("A lost write leaves the old limit and is tried again")
    func lostWrite() throws {
        var sequence = SequenceReservation(base: 0)
        while sequence.take() != nil {}
        let duebase = sequence.extensionDue()
        let base = try #require(duebase)
        sequence.extended(to: base, isDurable: false)
        #expect(sequence.take() == nil)
        #expect(sequence.extensionDue() == base)
        sequence.extended(to: base, isDurable: true)
        #expect(sequence.take() == base + 1)
    }

    @Test("After a resynchronisation nothing is handed out before the new base is durable, whatever was under way")
    func reset() throws {
        var sequence = SequenceReservation(base: 1 << 30)
        while sequence.take() != nil {}
        let duestale = sequence.extensionDue()
        let stale = try #require(duestale)
        let base = sequence.reset(to: 40)
        #expect(sequence.take() == nil)
        sequence.extended(to: stale, isDurable: true)
        #expect(sequence.take() == nil)
        sequence.extended(to: base, isDurable: true)
        #expect(sequence.take() == 41)
        #expect(sequence.limit == 40 + Self.length)
    }

    @Test("A restart begins above everything the run before may have used", arguments: 0...200)
    func restart(taken: Int) {
        // What the store has: base and the generation it was written in.
        var (base, written): (UInt64, UInt64) = (10, 1)
        var highest: UInt64 = 0
        for generation in UInt64(1)...5 {
            var sequence = SequenceReservation(
                base: SequenceReservation.begin(base: base, written: written, now: generation))
            for _ in 0..<taken {
                guard let number = sequence.take() else { break }
                #expect(number > highest)
                highest = number
                // In odd generations writes succeed, in even ones the process dies before any is durable.
                if generation % 2 == 1, let due = sequence.extensionDue() {
                    (base, written) = (due, generation)
                    sequence.extended(to: due, isDurable: true)
                }
            }
        }
    }

    @Test("TS 33.102 Annex C.1.1: SEQ ends at 43 bits")
    func end() {
        var sequence = SequenceReservation(base: 1 << 43 - 2)
        #expect(sequence.take() == 1 << 43 - 1)
        #expect(sequence.take() == nil)
    }
}
