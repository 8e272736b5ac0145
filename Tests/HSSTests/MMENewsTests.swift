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

    @Test("TS 29.272 §5.2.2.2, §7.3.25: an access point that is gone is withdrawn, one that comes is inserted")
    func delete() throws {
        change("15550000001", ["internet"])
        let dsr = try #require(bench.received().last)
        #expect(dsr.command == S6aCommands.deleteSubscriberData && CommandTable.standard.check(dsr) == nil)
        #expect(dsr[S6a.dsrFlags] == 1 << 3 && dsr.all(S6a.contextIdentifier) == [2])
        #expect(bench.ulr()?[S6a.subscriptionData]?.accessPoints == ["internet"])
        change()
        let idr = try #require(bench.received().last)
        let profile = try #require(idr[S6a.subscriptionData]?[S6a.apnConfigurationProfile])
        #expect(profile[S6a.allAPNConfigurationsIncludedIndicator] == .modifiedOrAdded)
        #expect(profile[S6a.contextIdentifier] == 1 && idr[S6a.subscriptionData]?.accessPoints == ["ims"])
        // The default one is replaced with the whole profile.
        change("15550000001", ["ims"])
        let whole = try #require(bench.received().last?[S6a.subscriptionData]?[S6a.apnConfigurationProfile])
        #expect(whole[S6a.allAPNConfigurationsIncludedIndicator] == .all && whole[S6a.contextIdentifier] == 2)
        #expect(bench.received().count == 3)
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
        news.add(MMENews(withdrawn: [2]))
        #expect(news.next == .deleteSubscriberData(contexts: [2]))
        news = MMENews(withdrawn: [2, 3])
        news.add(MMENews(inserted: .init(accessPoints: .some([2]))))
        #expect(news.withdrawn == [3])
        news.add(MMENews(withdrawsAll: true))
        #expect(news.next == .deleteAllAccessPoints && news.inserted.isEmpty)
        news.add(MMENews(inserted: .init(accessPoints: .all)))
        #expect(news.next == .insertSubscriberData(.init(accessPoints: .all)))
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
            #expect(try errands.add(MMENews(inserted: .everything), key(number), mme))
        }
        #expect(try !errands.add(MMENews(inserted: .everything), key(MMEErrands.highestCount), mme))
        #expect(try errands.add(MMENews(withdrawn: [1]), key(0), mme), "news of one that waits already")
        var begun = 0
        while let (next, _, dialogue) = errands.next() {
            #expect(try next == key(begun))
            if begun == 1 { _ = errands.end(next, dialogue, .unreachable, at: Moment(nanoseconds: 0)) }
            begun += 1
        }
        #expect(begun == MMEErrands.highestUnderWay + 1 && errands.underWay == MMEErrands.highestUnderWay)
        #expect(errands.due == Moment(nanoseconds: 0).advanced(byMilliseconds: MMEErrands.unreachableMilliseconds))
    }
}

extension AVPGroup {
    /// Names of the access points of Subscription-Data.
    fileprivate var accessPoints: [String] {
        self[S6a.apnConfigurationProfile]?.all(S6a.apnConfiguration).compactMap { $0[S6a.serviceSelection] } ?? []
    }
}
