import AKA
import Diameter
import RoleKit
import TestSupport
import Testing

@testable import HSS

/// What the HSS says of one subscriber to `imsbox doctor`.
@Suite("HSS: one subscriber's report")
struct SubscriberReportTests {
    private func bench() throws -> S6aBench {
        try S6aBench(store: MemorySubscriberStore([Lab.subscriber, Lab.neighbour, Lab.softphone, Lab.allBarred]))
    }

    private func report(_ bench: S6aBench, _ identity: String) -> Report {
        bench.cx.hss.assumeIsolated { $0.snapshot(of: identity) }
    }

    @Test("By IMSI, number, IMPI or IMPU it is the same one; keys are not in it")
    func found() throws {
        let bench = try bench()
        let report = report(bench, Lab.imsi)
        for identity in ["15550000001", "+15550000001", "tel:+15550000001", Lab.impi, Lab.impu, Lab.barredIMPU] {
            #expect(self.report(bench, identity) == report, "\(identity)")
        }
        #expect(report["known"] == .flag(true) && report["msisdn"] == .text("15550000001"))
        #expect(report["impus"] == .list([.text(Lab.impu), .text("tel:+15550000001")]))
        #expect(report["barred"] == .list([.text(Lab.barredIMPU)]))
        #expect(report["authentication"] == .text("AKA milenage") && report["state"] == .text("not registered"))
        let text = "\(report)"
        #expect(!text.contains(Lab.keys.k.hexadecimal) && !text.contains(Lab.keys.opc.hexadecimal))
        #expect(self.report(bench, Lab.allBarredIMSI)["impus"] == .list([]))
    }

    @Test("The MME of its last ULR, until another takes it or it is purged")
    func attached() throws {
        let bench = try bench()
        #expect(report(bench, Lab.imsi)["mme"] == .text(""))
        _ = bench.ulr()
        #expect(report(bench, Lab.imsi)["mme"] == .text("mme1.\(S6aBench.realm)"))
        #expect(report(bench, Lab.imsi)["mme realm"] == .text(S6aBench.realm))
        #expect(report(bench, Lab.imsi)["purged"] == .flag(false))
        _ = bench.pur()
        #expect(report(bench, Lab.imsi)["purged"] == .flag(true))
    }

    @Test("TS 29.272 §7.3.35: access points an MME is told of, all or the subscriber's own, the default one first")
    func accessPoints() throws {
        var some = Lab.neighbour
        some.further = .init(accessPoints: ["ims", "elsewhere"])
        let bench = try S6aBench(store: MemorySubscriberStore([Lab.subscriber, some]))
        func points(_ imsi: String) -> [Report] { report(bench, imsi)["apns"]?.elements ?? [] }
        #expect(points(Lab.imsi).map { $0["name"] } == [.text("internet"), .text("ims")])
        #expect(points(Lab.imsi).map { $0["qci"] } == [.number(9), .number(5)])
        #expect(points("001010000000002").map { $0["name"] } == [.text("ims")])
    }

    @Test(
        "Of an IMSI nobody has: those one slip away",
        arguments: [
            ("001010000000009", ["001010000000001", "001010000000002", "001010000000003"]),
            ("011010000000001", ["001010000000001"]), ("010010000000001", ["001010000000001"]),
            ("01010000000001", ["001010000000001"]), ("001019999999999", []), ("sip:nobody@nowhere", []), ("", []),
            (String(repeating: "9", count: 4_000), []),
        ])
    func nearest(asked: String, near: [String]) throws {
        let report = report(try bench(), asked)
        #expect(report["known"] == .flag(false))
        #expect(report["nearest"] == .list(near.map { .text($0) }))
    }
}

extension Lab {
    fileprivate static let allBarredIMSI = "001010000000003"
}
