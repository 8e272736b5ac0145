import RoleKit
import Testing

@testable import imsbox

/// What `imsbox doctor` concludes from facts.
@Suite struct DoctorTests {
    private func complaints(_ facts: DoctorFacts) -> [(check: String, finding: Finding)] {
        DoctorCheck.findings(facts).filter { $0.finding.verdict != .ok }
    }

    @Test("Each trouble is named, with what to do about it, and nothing else is", arguments: DoctorTrouble.all)
    func trouble(_ trouble: DoctorTrouble) throws {
        var facts =
            try trouble.isStopped
            ? DoctorFixture.stopped(pcscf: trouble.pcscf) : DoctorFixture.healthy(pcscf: trouble.pcscf)
        try trouble.change(&facts)
        var expected = trouble.complaints.filter { $0.verdict != .ok }
        if trouble.isStopped {
            expected.append(.init(check: "instances", verdict: .warning, mentions: ["nothing runs", "make run"]))
        }
        let found = complaints(facts)
        #expect(found.count == expected.count, "\(found)")
        for complaint in expected {
            let match = found.first { found in
                let text = found.finding.text + " → " + (found.finding.cure ?? "")
                return found.check == complaint.check && found.finding.verdict == complaint.verdict
                    && complaint.mentions.allSatisfy(text.contains)
            }
            #expect(match?.finding.cure?.isEmpty == false, "\(complaint) is not among \(found)")
        }
    }

    @Test("Where nothing is wrong each check that applies says so in one ok")
    func healthy() throws {
        let found = DoctorCheck.findings(try DoctorFixture.healthy())
        #expect(found.allSatisfy { $0.finding.verdict == .ok }, "\(found)")
        let names = [
            "instance files", "P-CSCF address", "IPsec", "instances", "Diameter", "subscribers", "state directory",
        ]
        #expect(found.map(\.check) == names)
    }

    @Test("Every check has a trouble it finds")
    func complete() {
        let found = Set(DoctorTrouble.all.flatMap(\.complaints).filter { $0.verdict != .ok }.map(\.check))
        #expect(Set(DoctorCheck.table.map(\.name)) == found)
    }

    @Test("Every sentence there is, about a machine or a phone, is said in a test that makes its cause")
    func everySentence() async throws {
        var said: [String] = []
        for trouble in DoctorTrouble.all {
            var facts =
                try trouble.isStopped
                ? DoctorFixture.stopped(pcscf: trouble.pcscf) : DoctorFixture.healthy(pcscf: trouble.pcscf)
            try trouble.change(&facts)
            said += DoctorCheck.findings(facts).map(\.finding.text)
        }
        for trouble in SubscriberTrouble.all {
            said += SubscriberCheck.said(try await trouble.make()).map(\.finding.text)
        }
        let sentences = try DoctorSources.sentences()
        #expect(sentences.count > 60)
        for pieces in sentences {
            #expect(said.contains { text in pieces.allSatisfy(text.contains) }, "never said: \(pieces)")
        }
    }

    @Test("IPsec that is on is not doubted because this user may not try it")
    func otherUser() throws {
        var facts = try DoctorFixture.healthy()
        facts.probes = DoctorFixture.probes { _ in DoctorFixture.notPermitted }
        #expect(complaints(facts).isEmpty)
        facts.state.problem = "Permission denied"
        #expect(complaints(facts).isEmpty)
    }

    @Test("A line a finding, its cure below it, colour only where asked for, nothing that drives the terminal")
    func text() {
        let rows: [DoctorText.Row] = [
            ("ports", .ok("free")), ("Diameter", .wrong("odd\u{1B}[2J", cure: "mend")),
            ("IPsec", .warning("off", cure: "on")),
        ]
        let plain = DoctorText.lines(rows, isColoured: false)
        #expect(
            plain == [
                "ok       ports     free", "wrong    Diameter  odd.[2J", "                   → mend",
                "warning  IPsec     off", "                   → on", "1 wrong, 1 warning",
            ])
        let coloured = DoctorText.lines(rows, isColoured: true)
        #expect(coloured[0] == "\u{1B}[32mok     \u{1B}[0m  ports     free")
        #expect(coloured[1].hasPrefix("\u{1B}[31mwrong") && coloured[3].hasPrefix("\u{1B}[33mwarning"))
        #expect(DoctorText.lines([rows[0]], isColoured: false).last == "nothing is wrong")
        let report = DoctorText.report(rows)
        #expect(report["wrong"] == .number(1) && report["warnings"] == .number(1))
        #expect(report["findings"]?.elements.map { $0["verdict"]?.text } == ["ok", "wrong", "warning"])
        #expect(report["findings"]?.elements.last?["cure"] == .text("on"))
    }
}
