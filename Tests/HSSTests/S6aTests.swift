import Diameter
import RoleKit
import TestSupport
import Testing

@testable import AKA
@testable import HSS

/// The EPS half of the HSS, asked by MMEs over Diameter.
@Suite("HSS on S6a")
struct S6aTests {
    let store = MemorySubscriberStore([Lab.subscriber, Lab.softphone, Lab.neighbour])
    let bench: S6aBench
    let functions: AKAFunctions
    let network: ServingNetwork

    init() throws {
        bench = try S6aBench(store: store)
        functions = try AKAFunctions()
        network = try #require(ServingNetwork(mcc: "001", mnc: "01"))
    }

    @Test("TS 29.272 §5.2.3.1: the USIM takes the vector, and has the MME's XRES and KASME of this serving network")
    func authentication() throws {
        let answer = try #require(bench.air())
        #expect(answer.result == .base(.success) && CommandTable.standard.check(answer) == nil)
        let vector = try #require(answer.epsVectors.first)
        #expect(answer.epsVectors.count == 1 && vector.number == nil)
        #expect(vector.autn.value >> 79 & 1 == 1, "TS 33.102 Annex H: the separation bit")
        var usim = USIM(Lab.keys)
        guard
            case .authenticated(let res, let ck, let ik) = try usim.answer(
                rand: vector.rand, autn: vector.autn, functions)
        else { return #expect(Bool(false), "refused") }
        #expect(res == vector.xres)
        #expect(try functions.kasme(ck: ck, ik: ik, autn: vector.autn, network) == vector.kasme)
        let elsewhere = try #require(bench.air(network: [0x13, 0x00, 0x14])?.epsVectors.first)
        #expect(try functions.kasme(ck: ck, ik: ik, autn: elsewhere.autn, network) != elsewhere.kasme)
    }

    @Test("TS 29.272 §7.3.18: several vectors are numbered, at most five, at least one; all are good")
    func severalVectors() throws {
        var usim = USIM(Lab.keys)
        for (wanted, count) in [(nil, 1), (0, 1), (3, 3), (5, 5), (1_000, 5)] as [(UInt32?, Int)] {
            let vectors = try #require(bench.air(vectors: wanted)).epsVectors
            #expect(vectors.count == count)
            #expect(vectors.compactMap(\.number) == (count > 1 ? (1...UInt32(count)).map { $0 } : []))
            for vector in vectors {
                guard case .authenticated = try usim.answer(rand: vector.rand, autn: vector.autn, functions) else {
                    return #expect(Bool(false), "refused")
                }
            }
        }
    }

    @Test("TS 29.272 §5.2.3.1.3, §7.4: who is unknown, has no SIM, or asks for nothing we have")
    func refusals() throws {
        #expect(bench.air("001019999999999")?.result == .experimental(.userUnknown))
        #expect(bench.ulr("001019999999999")?.result == .experimental(.userUnknown))
        #expect(bench.pur("no number")?.result == .experimental(.userUnknown))
        #expect(bench.nor("001019999999999")?.result == .experimental(.userUnknown))
        #expect(bench.ulr(type: .geran)?.result == .experimental(.ratNotAllowed))
        #expect(bench.air(network: [1])?.result == .base(.invalidAVPValue))
        #expect(bench.air(resynchronisation: [1, 2])?.result == .base(.invalidAVPValue))
        func air(_ others: Bool) -> DiameterMessage? {
            bench.exchange(S6aCommands.authenticationInformation) {
                if others { $0.add(S6a.requestedUTRANGERANAuthenticationInfo, AVPGroup()) }
                $0.add(S6a.visitedPLMNID, [0x00, 0xF1, 0x10])
            }
        }
        #expect(air(false)?.result == .base(.missingAVP))
        #expect(air(true)?.result == .experimental(.authenticationDataUnavailable))
        let digest = Lab.record(
            Subscriber(
                imsi: Digits(Lab.imsi), msisdn: nil,
                authentication: .sipDigest(SIPDigestSecret(realm: Lab.home, ha1: Block128(1)))))
        let request = AuthenticationInformation.Request(imsi: Lab.imsi, servingNetwork: [0, 0xF1, 0x10], vectors: 1)
        #expect(AuthenticationInformation.answer(request, digest) == .refuse(.experimental(.unknownEPSSubscription)))
    }

    @Test("TS 33.102 §6.3.5, TS 29.272 §7.3.15: a SIM far ahead is followed; forged AUTS come to an end")
    func resynchronisation() throws {
        var usim = USIM(Lab.keys, highest: SequenceNumber(seq: 1_000_000, for: .eps))
        let stale = try #require(bench.air()?.epsVectors.first)
        guard case .synchronisationFailure(let auts) = try usim.answer(rand: stale.rand, autn: stale.autn, functions)
        else { return #expect(Bool(false), "accepted") }
        let fresh = try #require(bench.air(resynchronisation: stale.rand.octets + auts)?.epsVectors.first)
        guard case .authenticated = try usim.answer(rand: fresh.rand, autn: fresh.autn, functions) else {
            return #expect(Bool(false), "refused after resynchronisation")
        }
        // The counter is one: IMS needs no resynchronisation of its own.
        let challenge = try #require(bench.cx.mar()?.challenges.first)
        guard case .authenticated = try usim.answer(rand: challenge.rand, autn: challenge.autn, functions) else {
            return #expect(Bool(false), "IMS refused")
        }
        let forged = fresh.rand.octets + [UInt8](repeating: 0x5A, count: 14)
        for _ in 0..<3 { #expect(bench.air(resynchronisation: forged)?.result == .base(.success)) }
        #expect(bench.air(resynchronisation: forged)?.result == .experimental(.authenticationDataUnavailable))
        #expect(bench.air()?.result == .base(.success))
    }

    @Test("TS 29.272 §5.2.1.1, §7.3.2: subscription data has the access points, rates and the MSISDN as TBCD")
    func subscriptionData() throws {
        let answer = try #require(bench.ulr())
        #expect(answer.result == .base(.success) && answer[S6a.ulaFlags] == 1)
        #expect(CommandTable.standard.check(answer) == nil)
        let data = try #require(answer[S6a.subscriptionData])
        #expect(data[S6a.subscriberStatus] == .serviceGranted && data[S6a.networkAccessMode] == .onlyPacket)
        #expect(data[S6a.msisdn] == [0x51, 0x55, 0x00, 0x00, 0x00, 0xF1])
        #expect(data[S6a.ambr]?[S6a.maxRequestedBandwidthUL] == 1_000_000_000)
        let profile = try #require(data[S6a.apnConfigurationProfile])
        #expect(profile[S6a.contextIdentifier] == 1 && profile[S6a.allAPNConfigurationsIncludedIndicator] == .all)
        let points = profile.all(S6a.apnConfiguration)
        #expect(points.map { $0[S6a.serviceSelection] } == ["internet", "ims"])
        #expect(points.map { $0[S6a.contextIdentifier] } == [1, 2])
        #expect(points.map { $0[S6a.epsSubscribedQoSProfile]?[S6a.qosClassIdentifier] } == [9, 5])
        #expect(points.allSatisfy { $0[S6a.pdnType] == .ipv4v6 })
        #expect(bench.ulr(flags: 0x06)?.has(S6a.subscriptionData) == false, "skip-subscriber-data")
    }

    @Test("TS 29.272 §5.2.1.1.3, §5.2.1.2: another MME takes over: stored before the answer, CLR to the old one only")
    func newMME() throws {
        #expect(bench.ulr()?.result == .base(.success))
        #expect(store.mme(of: 1)?.host == "mme1.\(S6aBench.realm)" && bench.received(1).isEmpty)
        #expect(bench.ulr(mme: 2)?.result == .base(.success))
        #expect(store.mme(of: 1)?.host == "mme2.\(S6aBench.realm)")
        bench.cx.world.settle()
        let clr = try #require(bench.received(1).first)
        #expect(clr.command == S6aCommands.cancelLocation && CommandTable.standard.check(clr) == nil)
        #expect(clr[Base.userName] == Lab.imsi && clr[S6a.cancellationType] == .mmeUpdateProcedure)
        #expect(clr[Base.destinationHost] == "mme1.\(S6aBench.realm)" && clr[Base.destinationRealm] == S6aBench.realm)
        #expect(bench.ulr(mme: 2)?.result == .base(.success))
        bench.cx.world.settle()
        #expect(bench.received(1).count == 1 && bench.received(2).isEmpty)
    }

    @Test("TS 29.272 §5.2.1.3, §5.2.5: only the MME that serves may purge and notify; a purged one is not cancelled")
    func purgeAndNotify() throws {
        #expect(bench.nor()?.result == .experimental(.unknownServingNode))
        #expect(bench.ulr()?.result == .base(.success))
        #expect(bench.nor()?.result == .base(.success))
        #expect(bench.nor(mme: 2)?.result == .experimental(.unknownServingNode))
        #expect(bench.pur(mme: 2)?[S6a.puaFlags] == 0)
        #expect(bench.pur()?[S6a.puaFlags] == 1)
        #expect(bench.ulr(mme: 2)?.result == .base(.success))
        bench.cx.world.settle()
        #expect(bench.received(1).isEmpty)
    }

    @Test("The ULA does not leave before its commit; a database in trouble is 5012, and the old MME stays")
    func trouble() throws {
        #expect(bench.ulr()?.result == .base(.success))
        store.fail(with: StoreError(.notWritable, "disk full"))
        #expect(bench.ulr(mme: 2)?.result == .base(.unableToComply))
        store.fail(with: nil)
        bench.cx.world.settle()
        #expect(bench.received(1).isEmpty)
        #expect(bench.nor()?.result == .base(.success))
    }

    @Test("TS 29.272 §5.2.1.2: a subscriber that is removed is cancelled at its MME")
    func withdrawal() throws {
        #expect(bench.ulr("001010000000002", mme: 2)?.result == .base(.success))
        store.remove(id: 3)
        bench.cx.world.advance(milliseconds: 1_100)
        let clr = try #require(bench.received(2).first)
        #expect(clr[S6a.cancellationType] == .subscriptionWithdrawal && clr[Base.userName] == "001010000000002")
        #expect(bench.air("001010000000002")?.result == .experimental(.userUnknown))
    }

    @Test("Secrets of an attach do not reach the log")
    func secrets() throws {
        let vector = try #require(bench.air()?.epsVectors.first)
        _ = bench.air(resynchronisation: [UInt8](repeating: 1, count: 30))
        let log = bench.cx.hssNode.log.lines.map(\.description).joined()
        for secret in [vector.kasme.map(String.init).joined(separator: ", "), "465b5ce8", "cd63cb71"] {
            #expect(!log.contains(secret))
        }
    }
}
