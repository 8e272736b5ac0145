import Diameter
import RoleKit
import TestSupport
import Testing

@testable import AKA
@testable import HSS

/// What an MME is told of its own subscribers: IDR, DSR and CLR (TS 29.272 §5.2.1.2, §5.2.2).
@Suite("MMEs are told")
struct MMENewsTests {
    let store = MemorySubscriberStore([Lab.subscriber, Lab.neighbour])
    let bench: S6aBench

    init() throws {
        bench = try S6aBench(store: store)
        #expect(bench.ulr()?.result == .base(.success))
    }

    private func subscriber(_ msisdn: String? = "15550000001", _ accessPoints: [String] = []) -> Subscriber {
        Subscriber(
            imsi: Digits(Lab.imsi), msisdn: msisdn.flatMap { Digits($0) }, authentication: .aka(Lab.keys),
            further: accessPoints.isEmpty ? nil : Subscriber.Further(accessPoints: accessPoints))
    }

    private func change(_ msisdn: String? = "15550000001", _ accessPoints: [String] = []) {
        store.replace(id: 1, subscriber(msisdn, accessPoints))
        bench.lookAtProvisioning()
    }

    @Test(
        "TS 29.272 §5.2.2.1: a changed number goes to the serving MME, and nothing else; what changed not is not told")
    func insert() throws {
        change("4915112345678")
        let idr = try #require(bench.received().last)
        #expect(idr.command == S6aCommands.insertSubscriberData && CommandTable.standard.check(idr) == nil)
        #expect(idr[Base.userName] == Lab.imsi && idr[Base.destinationHost] == "mme1.\(S6aBench.realm)")
        let data = try #require(idr[S6a.subscriptionData])
        #expect(data[S6a.msisdn] == [0x94, 0x51, 0x11, 0x32, 0x54, 0x76, 0xF8])
        #expect(!data.has(S6a.ambr) && !data.has(S6a.apnConfigurationProfile))
        change("4915112345678")
        store.replace(id: 2, Lab.neighbour)
        change(nil)
        #expect(bench.received().count == 1 && bench.received(2).isEmpty)
    }

    @Test("TS 29.272 §5.2.2.1.3: access points that come, go or change places: the whole profile in one IDR")
    func accessPoints() throws {
        for (names, number) in [(["internet"], 1), ([], 1), (["ims"], 2)] as [([String], UInt32)] {
            change("15550000001", names)
            let idr = try #require(bench.received().last)
            let data = try #require(idr[S6a.subscriptionData])
            let profile = try #require(data[S6a.apnConfigurationProfile])
            #expect(idr.command == S6aCommands.insertSubscriberData && CommandTable.standard.check(idr) == nil)
            #expect(profile[S6a.allAPNConfigurationsIncludedIndicator] == .all)
            #expect(profile[S6a.contextIdentifier] == number)
            #expect(data.accessPoints == (names.isEmpty ? ["internet", "ims"] : names))
        }
        #expect(bench.received().count == 3)
    }

    @Test(
        "RFC 6733 §7.1.3, §7.1.5: who refuses a CLR has not done it: the subscriber stays attached, the log warns",
        arguments: [.commandUnsupported, .applicationUnsupported, .unableToComply] as [ResultCode])
    func refused(result: ResultCode) throws {
        bench.reply(.base(result))
        let outcome = try #require(bench.order(.detach(Lab.imsi, reattach: false))).get()
        #expect(outcome["done"] == .flag(false) && outcome["tried-again"] == .flag(false))
        bench.cx.world.advance(milliseconds: 2 * CommitQueue.leisureMilliseconds)
        #expect(store.mme(of: 1)?.isPurged == false)
        let lines = bench.cx.hssNode.log.lines.map(\.description)
        #expect(lines.contains { $0.contains("MME did not do what it was told") })
        #expect(!lines.contains { $0.contains("MME was told") })
        #expect(bench.nor()?.result == .base(.success))
    }

    @Test("RFC 6733 §7.1.3: an agent without a way to the MME is no refusal; its answer passes")
    func agentWithoutAWay() throws {
        for result in [.unableToDeliver, .realmNotServed, .loopDetected, .unknownPeer] as [ResultCode] {
            bench.reply(.base(result))
            let before = bench.received().count
            let outcome = try #require(bench.order(.push(Lab.imsi))).get()
            #expect(outcome["done"] == .flag(false) && outcome["tried-again"] == .flag(true))
            bench.reply(.base(.success))
            bench.cx.world.advance(milliseconds: MMEErrands.unreachableMilliseconds + 2_000)
            #expect(bench.received().count == before + 2)
        }
    }

    @Test("An order is refused while the HSS stops")
    func orderWhileStopping() throws {
        bench.cx.hss.assumeIsolated { $0.drain() }
        let refusal = try #require(bench.order(.push(Lab.imsi)))
        #expect(refusal == .failure(OrderRefusal("the HSS is being stopped")))
    }

    @Test("TS 29.272 §5.2.1.1.3: who is back at its MME before the CLR is answered stays attached there")
    func cameBackMeanwhile() throws {
        bench.reply(nil)
        #expect(bench.ulr(mme: 2)?.result == .base(.success))
        bench.cx.world.settle()
        #expect(bench.received().map(\.command) == [S6aCommands.cancelLocation])
        #expect(bench.ulr()?.result == .base(.success))
        // Time in which the CLR is given up or, if it were still true, said anew.
        bench.reply(.base(.success))
        bench.cx.world.advance(milliseconds: 3_600_000)
        #expect(bench.received().count == 1)
        #expect(store.mme(of: 1)?.isPurged == false && bench.nor()?.result == .base(.success))
    }

    @Test("TS 29.272 §5.2.1.1.3: without any access point there is no EPS subscription, and the MME's profile goes")
    func noAccessPoints() throws {
        change("15550000001", ["corporate"])
        #expect(bench.received().map { $0[S6a.dsrFlags] } == [1 << 1])
        let refused = try #require(bench.ulr())
        #expect(refused.result == .experimental(.unknownEPSSubscription))
        #expect(refused[S6a.errorDiagnostic] == .noGPRSDataSubscribed)
        change()
        #expect(bench.received().last?[S6a.subscriptionData]?.accessPoints == ["internet", "ims"])
    }

    @Test("TS 29.272 §5.2.1.2, TS 23.007: an MME out of reach hears of a removal when it is there again")
    func unreachable() throws {
        bench.crash()
        store.remove(id: 1)
        bench.lookAtProvisioning()
        bench.cx.world.advance(milliseconds: 3_600_000)
        try bench.restart()
        let clr = try #require(bench.received().first)
        #expect(clr[S6a.cancellationType] == .subscriptionWithdrawal && bench.received().count == 1)
    }

    @Test("A silent MME is asked six times, with pauses that double; the news is what is true then")
    func silent() throws {
        bench.reply(nil)
        change("15550000099")
        bench.cx.world.advance(milliseconds: 16_000)
        #expect(bench.received().count == 2)
        change("15550000098")
        bench.cx.world.advance(milliseconds: 3_600_000)
        let numbers = bench.received().map { $0[S6a.subscriptionData]?[S6a.msisdn]?.last }
        #expect(numbers.count == MMEErrands.highestAttempts && numbers.first == 0xF9 && numbers.last == 0xF8)
        #expect(bench.cx.hssNode.log.lines.contains { $0.description.contains("MME could not be told") })
        bench.reply(.base(.success))
        change("15550000097")
        #expect(bench.received().count == MMEErrands.highestAttempts + 1, "it is told of what comes later")
    }

    @Test("TS 29.272 §5.2.2.1.3: an MME that does not know the subscriber (any more) is not told again")
    func unknown() throws {
        bench.reply(.experimental(.userUnknown))
        change("15550000099")
        bench.cx.world.advance(milliseconds: 2 * CommitQueue.leisureMilliseconds)
        #expect(store.mme(of: 1)?.isPurged == true)
        change("15550000098")
        store.remove(id: 1)
        bench.lookAtProvisioning()
        #expect(bench.received().count == 1)
    }

    @Test("TS 29.272 §5.2.1.1.3: who comes back is not cancelled by the CLR that was late")
    func cameBack() throws {
        bench.reply(.base(.tooBusy))
        #expect(bench.ulr(mme: 2)?.result == .base(.success))
        bench.cx.world.settle()
        #expect(bench.received().count == 1)
        bench.reply(.base(.success))
        #expect(bench.ulr()?.result == .base(.success))
        bench.cx.world.advance(milliseconds: 3_600_000)
        #expect(bench.received().count == 1 && bench.received(2).map { $0.command } == [S6aCommands.cancelLocation])
    }

    @Test("TS 29.272 §5.2.1.1.3: to another MME and back within one commit: only that other one is cancelled")
    func thereAndBack() throws {
        store.hold()
        #expect(bench.ulr(mme: 2) == nil && bench.ulr() == nil)
        store.release()
        bench.cx.world.advance(milliseconds: 2 * CommitQueue.leisureMilliseconds)
        #expect(store.mme(of: 1)?.host == "mme1.\(S6aBench.realm)")
        #expect(bench.received().isEmpty && bench.received(2).map(\.command) == [S6aCommands.cancelLocation])
    }

    @Test("TS 29.272 §5.2.1.3: news that overtakes the ULA does not purge the MME that is attaching")
    func newsDuringCommit() throws {
        bench.reply(.experimental(.userUnknown), mme: 2)
        store.hold()
        #expect(bench.ulr(mme: 2) == nil)
        change("15550000099")
        #expect(bench.received(2).count == 1)
        store.release()
        bench.cx.world.advance(milliseconds: 2 * CommitQueue.leisureMilliseconds)
        #expect(store.mme(of: 1)?.host == "mme2.\(S6aBench.realm)" && store.mme(of: 1)?.isPurged == false)
    }

    @Test("TS 29.272 §7.3.7: a ULA without data takes the place of no IDR")
    func skippedData() throws {
        bench.reply(.base(.tooBusy))
        change("15550000099")
        bench.reply(.base(.success))
        #expect(bench.ulr(flags: 0x06)?.result == .base(.success))
        bench.cx.world.advance(milliseconds: 3_600_000)
        #expect(bench.received().count == 2)
    }

    @Test("A ULA that has the data takes the place of an IDR that waits; a purge does, too")
    func superseded() throws {
        for end in [{ bench.ulr()?.result }, { bench.pur()?.result }] {
            bench.reply(.base(.tooBusy))
            let before = bench.received().count
            change("155500000\(10 + before)")
            bench.reply(.base(.success))
            #expect(end() == .base(.success))
            bench.cx.world.advance(milliseconds: 3_600_000)
            #expect(bench.received().count == before + 1)
        }
    }

    @Test("An operator's push and detach say what the MME answered")
    func orders() throws {
        let pushed = try #require(bench.order(.push(Lab.imsi))).get()
        #expect(pushed["done"] == .flag(true) && pushed["mme"] == .text("mme1.\(S6aBench.realm)"))
        #expect(pushed["result"] == .text("Insert-Subscriber-Data: DIAMETER_SUCCESS (2001)"))
        let data = try #require(bench.received().last?[S6a.subscriptionData])
        #expect(data.accessPoints == ["internet", "ims"] && data.has(S6a.msisdn) && data.has(S6a.ambr))
        _ = bench.order(.detach("tel:+15550000001", reattach: true))
        #expect(bench.received().last?[S6a.clrFlags] == 3)
        #expect(bench.received().last?[S6a.cancellationType] == .subscriptionWithdrawal)
        #expect(throws: OrderRefusal.self) { try #require(bench.order(.push(Lab.imsi))).get() }
        #expect(throws: OrderRefusal.self) { try #require(bench.order(.push("001019999999999"))).get() }
        #expect(throws: OrderRefusal.self) { try #require(bench.order(.push("nobody"))).get() }
        #expect(bench.ulr(flags: 0x26)?.result == .base(.success))
        bench.crash()
        let late = try #require(bench.order(.push(Lab.imsi))).get()
        #expect(late["done"] == .flag(false) && late["tried-again"] == .flag(true))
        try bench.restart()
        #expect(bench.received().count == 1)
    }

    @Test("TS 29.229 §7.2.1, TS 29.272 §7.2.4: the ULA says which of the MME's features are had: none")
    func features() throws {
        let answer = try #require(bench.ulr(features: [1, 2, 1]))
        let lists = answer.all(Cx.supportedFeatures)
        #expect(lists.map { $0[Cx.featureListID] } == [1, 2] && lists.allSatisfy { $0[Cx.featureList] == 0 })
        #expect(bench.ulr()?.has(Cx.supportedFeatures) == false)
    }

    // MARK: Without a network

    @Test("News that waits: later news takes the place of earlier")
    func merging() throws {
        var news = MMENews(inserted: .everything)
        news.add(MMENews(withdrawsAll: true))
        #expect(news.next == .deleteAllAccessPoints && !news.inserted.hasAccessPoints)
        news.remove(.deleteAllAccessPoints)
        #expect(news.next == .insertSubscriberData(.init(hasMSISDN: true, hasRates: true)))
        news.add(MMENews(withdrawsAll: true))
        news.add(MMENews(inserted: .init(hasAccessPoints: true)))
        #expect(news.next == .insertSubscriberData(.everything))
        news.add(MMENews(cancellation: .init(type: .subscriptionWithdrawal)))
        news.add(MMENews(inserted: .everything))
        #expect(news.next == .cancelLocation(.init(type: .subscriptionWithdrawal)))
        news.remove(.cancelLocation(.init(type: .subscriptionWithdrawal)))
        #expect(news.isEmpty)
    }

    @Test("No more subscribers wait than there is room for, and no more dialogues are had at a time")
    func limits() throws {
        var errands = MMEErrands()
        let mme = ServingMME(host: "MME.example", realm: "example")
        func key(_ number: Int) throws -> MMEErrands.Key { .init(try #require(Digits(String(100_000 + number))), mme) }
        for number in 0..<MMEErrands.highestCount {
            #expect(try errands.add(MMENews(inserted: .everything), key(number), mme) == .added)
        }
        #expect(try errands.add(MMENews(inserted: .everything), key(MMEErrands.highestCount), mme) == .noRoom)
        #expect(try errands.add(MMENews(withdrawsAll: true), key(0), mme) == .added, "news of one that waits already")
        var begun = 0
        while let (next, _, dialogue) = errands.next() {
            #expect(try next == key(begun))
            if begun == 1 { _ = errands.end(next, dialogue, .unreachable, at: Moment(nanoseconds: 0)) }
            begun += 1
        }
        #expect(begun == MMEErrands.highestUnderWay + 1 && errands.underWay == MMEErrands.highestUnderWay)
        #expect(errands.due == Moment(nanoseconds: 0).advanced(byMilliseconds: MMEErrands.unreachableMilliseconds))
        #expect(try errands.add(MMENews(inserted: .everything), key(MMEErrands.highestCount), mme) == .inPlaceOf(1))
        #expect(try !errands.has(key(1)) && errands.has(key(0)))
    }

    @Test("An MME out of reach is given up after a day; a peer that opens wakes no other's pause")
    func patience() throws {
        var errands = MMEErrands()
        let mme = ServingMME(host: "mme.example", realm: "example")
        let away = MMEErrands.Key(try #require(Digits("100001")), mme)
        let silent = MMEErrands.Key(try #require(Digits("100002")), mme)
        for key in [away, silent] { _ = errands.add(MMENews(inserted: .everything), key, mme) }
        var now = Moment(nanoseconds: 0)
        for outcome in [.unreachable, .failed] as [MMEErrands.Outcome] {
            let next = errands.next()
            let (key, _, dialogue) = try #require(next)
            _ = errands.end(key, dialogue, outcome, at: now)
        }
        errands.peerOpened()
        let next = errands.next()
        let (key, _, dialogue) = try #require(next)
        let other = errands.next()
        #expect(key == away && other == nil)
        now = now.advanced(byMilliseconds: MMEErrands.patienceMilliseconds)
        let ending = errands.end(key, dialogue, .unreachable, at: now)
        #expect(ending == .givenUp && !errands.has(away))
    }
}

extension AVPGroup {
    /// Names of the access points of Subscription-Data.
    fileprivate var accessPoints: [String] {
        self[S6a.apnConfigurationProfile]?.all(S6a.apnConfiguration).compactMap { $0[S6a.serviceSelection] } ?? []
    }
}
