import AKA
import Diameter
import Foundation
import Testing

@testable import HSS
@testable import Store

/// An HSS on a real database that dies without a word, again and again.
@Suite("Crash and restart")
struct CrashTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// The SQN inside an AUTN.
    func sequenceNumber(_ challenge: (rand: Block128, autn: Block128)) throws -> UInt64 {
        let milenage = try MilenageProbe()
        return UInt64(truncatingIfNeeded: challenge.autn.value >> 80) ^ (try milenage.ak(Lab.keys, challenge.rand))
    }

    /// What is in the file system at this very moment, as after kill -9: no checkpoint, no close.
    func snapshot(_ from: String, _ to: String) throws {
        for suffix in ["", "-wal"] {
            try? FileManager.default.removeItem(atPath: to + suffix)
            try FileManager.default.copyItem(atPath: from + suffix, toPath: to + suffix)
        }
    }

    @Test(
        "TS 33.102 §6.3.2: no sequence number is used twice, at whatever moment the HSS dies",
        arguments: [1, 31, 33, 64, 90])
    func noNumberTwice(vectors: Int) throws {
        var used: Set<UInt64> = []
        var highest: UInt64 = 0
        var path = scratch.file("0.sqlite")
        try HSSDatabase(path: path).add(NewSubscriber(Lab.subscriber))
        for run in 1...4 {
            let bench = try CxBench(store: try HSSDatabase(path: path))
            for _ in 0..<vectors {
                for challenge in try #require(bench.mar()).challenges {
                    let number = try sequenceNumber(challenge)
                    #expect(used.insert(number).inserted, "run \(run): \(number) again")
                    #expect(number > highest)
                    highest = max(highest, number)
                }
            }
            let next = scratch.file("\(run).sqlite")
            try snapshot(path, next)
            path = next
        }
        #expect(used.count == 4 * vectors)
    }

    @Test("TS 33.102 §6.3.5: after a resynchronisation too")
    func resynchronised() throws {
        let functions = try AKAFunctions()
        var usim = USIM(Lab.keys, highest: SequenceNumber(seq: 5_000_000, for: .ims))
        let path = scratch.file("a.sqlite")
        try HSSDatabase(path: path).add(NewSubscriber(Lab.subscriber))
        let bench = try CxBench(store: try HSSDatabase(path: path))
        let stale = try #require(bench.mar()?.challenges.first)
        guard case .synchronisationFailure(let auts) = try usim.answer(rand: stale.rand, autn: stale.autn, functions)
        else { return #expect(Bool(false), "accepted") }
        let fresh = try #require(bench.mar(authorization: stale.rand.octets + auts)?.challenges.first)
        guard case .authenticated = try usim.answer(rand: fresh.rand, autn: fresh.autn, functions) else {
            return #expect(Bool(false), "refused")
        }
        let copy = scratch.file("b.sqlite")
        try snapshot(path, copy)
        let again = try CxBench(store: try HSSDatabase(path: copy))
        let next = try #require(again.mar()?.challenges.first)
        guard case .authenticated = try usim.answer(rand: next.rand, autn: next.autn, functions) else {
            return #expect(Bool(false), "refused after the restart")
        }
    }

    @Test("A registration the S-CSCF was told of survives; so does its end")
    func registrations() throws {
        let path = scratch.file("a.sqlite")
        let copy = scratch.file("b.sqlite")
        let last = scratch.file("c.sqlite")
        try HSSDatabase(path: path).add(NewSubscriber(Lab.subscriber))
        let bench = try CxBench(store: try HSSDatabase(path: path))
        #expect(bench.sar(.registration)?.result == .base(.success))
        try snapshot(path, copy)
        let again = try CxBench(store: try HSSDatabase(path: copy))
        #expect(again.lir()?[Cx.serverName] == Lab.server)
        #expect(again.sar(.userDeregistration)?.result == .base(.success))
        try snapshot(copy, last)
        let third = try CxBench(store: try HSSDatabase(path: last))
        #expect(third.lir()?.result == .experimental(.identityNotRegistered))
    }
}

/// AK of a challenge, worked out from the USIM's own answer: the AUTN of SQN 0 shows it.
private struct MilenageProbe {
    let functions: AKAFunctions

    init() throws { functions = try AKAFunctions() }

    func ak(_ keys: AKAKeys, _ rand: Block128) throws -> UInt64 {
        let sqn = SequenceNumber(seq: 0, for: .eps).value
        let autn = try functions.vector(keys, rand: rand, seq: 0, for: .eps).autn
        return UInt64(truncatingIfNeeded: autn.value >> 80) ^ sqn
    }
}
