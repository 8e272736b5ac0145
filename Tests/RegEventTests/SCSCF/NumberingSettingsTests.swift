import IMSCore
import LabWorld
import RoleKit
import SIP
import Testing

@testable import SCSCF

@Suite("`numbering:` in an S-CSCF's file, TS 24.229 §5.4.3.2")
struct NumberingSettingsTests {
    private func read(_ pairs: [(String, SettingsNode)]) -> (NumberingPlan, [String]) {
        var reader = SettingsReader(.map(pairs))
        let plan = NumberingPlan(reading: &reader, home: CoreWorld.home)
        return (plan, reader.finish().map(\.problem))
    }

    @Test("nothing written: the lab's plan")
    func defaults() {
        let (plan, faults) = read([])
        #expect(faults.isEmpty)
        #expect(plan == NumberingPlan(home: CoreWorld.home))
    }

    @Test("every key has its say")
    func everything() {
        let (plan, faults) = read([
            ("country-code", .text("49")), ("international-prefix", .list([.text("00")])),
            ("national-prefix", .text("0")), ("national-length", .text("6-11")), ("area-code", .text("30")),
            ("local-length", .text("3-8")), ("short-codes", .list([.text("115"), .text("116xxx")])),
            ("contexts", .list([.text("PBX.example.org")])), ("bare-msisdn", .text("false")),
        ])
        #expect(faults.isEmpty)
        var expected = NumberingPlan(
            countryCode: "49", internationalPrefixes: ["00"], nationalPrefix: "0", nationalLength: 6...11,
            home: CoreWorld.home)
        expected.areaCode = "30"
        expected.localLength = 3...8
        expected.shortCodes = ["115", "116xxx"]
        expected.contexts.append("pbx.example.org")
        expected.takesBareMSISDN = false
        #expect(plan == expected)
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ("country-code", "+1"), ("country-code", "1234"), ("national-prefix", "a"), ("national-length", "x"),
            ("national-length", "11-6"), ("national-length", "1-2-3"), ("local-length", "0"), ("area-code", "3 0"),
            ("short-codes", "1*"), ("international-prefix", "0x"), ("bare-msisdn", "perhaps"), ("country", "1"),
        ])
    func faults(_ row: (String, String)) {
        #expect(read([(row.0, .text(row.1))]).1.count == 1)
    }
}
