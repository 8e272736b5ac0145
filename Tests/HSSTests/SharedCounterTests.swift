import Diameter
import RoleKit
import TestSupport
import Testing

@testable import AKA
@testable import HSS

/// One USIM in EPS and IMS at once, as in every phone with VoLTE (TS 33.102 Annex C.1.2).
@Suite("One counter for EPS and IMS")
struct SharedCounterTests {
    private let functions: AKAFunctions
    private let store = MemorySubscriberStore([Lab.subscriber])

    init() throws { functions = try AKAFunctions() }

    /// There is no vector, or the USIM refuses even the one that follows its AUTS.
    private struct Refusal: Error { let round: Int }

    /// A phone, with what its MME and its S-CSCF keep of vectors.
    private struct World {
        typealias Challenge = (rand: Block128, autn: Block128)
        typealias Ask = (_ count: UInt32, _ resynchronisation: [UInt8]?) -> [Challenge]

        var usim = USIM(Lab.keys, highest: SequenceNumber(seq: 5_000, for: .ims))
        var random = SeededRandom(seed: 272)
        var held: [Challenge] = []
        var resynchronisations: [Int] = []

        /// One authentication out of a store of vectors, which are used in any order and now and then lost.
        mutating func authenticate(
            _ held: inout [Challenge], round: Int, _ functions: AKAFunctions, _ ask: Ask
        ) throws {
            if random.next() % 10 == 0 { held.removeAll() }
            if held.isEmpty { held = ask(UInt32(1 + random.next() % 5), nil) }
            guard !held.isEmpty else { throw Refusal(round: round) }
            let used = held.remove(at: Int(random.next() % UInt64(held.count)))
            switch try usim.answer(rand: used.rand, autn: used.autn, functions) {
            case .authenticated: return
            case .macFailure: throw Refusal(round: round)
            case .synchronisationFailure(let auts):
                resynchronisations.append(round)
                held = ask(1, used.rand.octets + auts)
                guard let next = held.popLast(),
                    case .authenticated = try usim.answer(rand: next.rand, autn: next.autn, functions)
                else {
                    throw Refusal(round: round)
                }
            }
        }
    }

    @Test(
        """
        TS 33.102 Annex C.1.2, C.2.2: a thousand attaches and IMS registrations, vectors kept, mixed and lost, the HSS \
        started anew four times: one resynchronisation, the first
        """)
    func interleaved() throws {
        var world = World()
        var (mme, cscf): ([World.Challenge], [World.Challenge]) = ([], [])
        for run in 0..<5 {
            let bench = try S6aBench(store: store)
            for round in run * 200..<(run + 1) * 200 {
                try world.authenticate(&mme, round: round, functions) { count, auts in
                    bench.air(vectors: count, resynchronisation: auts)?.epsVectors.map { ($0.rand, $0.autn) } ?? []
                }
                try world.authenticate(&cscf, round: round, functions) { count, auts in
                    bench.cx.mar(items: count, authorization: auts)?.challenges ?? []
                }
            }
        }
        #expect(world.resynchronisations == [0])
    }

    @Test("The test can fail: an HSS that begins its counter anew is resynchronised again")
    func counterBegunAnew() throws {
        var world = World()
        for _ in 0..<2 {
            let bench = try S6aBench(store: MemorySubscriberStore([Lab.subscriber]))
            var mme: [World.Challenge] = []
            for round in 0..<10 {
                try world.authenticate(&mme, round: round, functions) { count, auts in
                    bench.air(vectors: count, resynchronisation: auts)?.epsVectors.map { ($0.rand, $0.autn) } ?? []
                }
            }
        }
        #expect(world.resynchronisations.count == 2)
    }
}
