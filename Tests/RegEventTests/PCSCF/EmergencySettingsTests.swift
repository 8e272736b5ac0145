import IMSCore
import LabWorld
import RoleKit
import SIP
import Testing

@testable import PCSCF

@Suite("`emergency:` in a P-CSCF's file")
struct EmergencySettingsTests {
    private func read(_ pairs: [(String, SettingsNode)]) -> (EmergencySettings, [String]) {
        var reader = SettingsReader(.map(pairs))
        let hosts = HostTable([(name: "psap.example.org", address: SocketAddress(10, 0, 0, 9, port: 0))])
        let settings = EmergencySettings(reading: &reader, hosts)
        return (settings, reader.finish().map(\.problem))
    }

    @Test("nothing written: 112 and 911, and 380")
    func defaults() {
        let (settings, faults) = read([])
        #expect(faults.isEmpty)
        #expect(settings.screening.numbers.map(\.digits) == ["112", "911"])
        #expect(settings.route == nil && settings.alternative.action == nil)
    }

    @Test("RFC 5031 §4.2: numbers with their services; a route to a phone or an E-CSCF")
    func everything() throws {
        let (settings, faults) = read([
            ("numbers", .list([.text("110=sos.police"), .text("118"), .text("112=urn:service:sos.fire")])),
            ("route", .text("sip:psap.example.org:5070;lr;transport=tcp")), ("reason", .text("dial again")),
            ("action", .text("emergency-registration")),
        ])
        #expect(faults.isEmpty)
        #expect(
            settings.screening.numbers.map(\.service)
                == ["urn:service:sos.police", "urn:service:sos", "urn:service:sos.fire"])
        let route = try #require(settings.route)
        #expect(route.isLoose && route.kind == .tcp && route.address == SocketAddress(10, 0, 0, 9, port: 5070))
        #expect(
            settings.alternative
                == AlternativeService(
                    .emergency, reason: "dial again", action: .emergencyRegistration))
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ("numbers", "one"), ("numbers", "110=police"), ("numbers", "=sos"), ("route", "psap"),
            ("route", "sip:psap.unknown.org"), ("route", "tel:112"), ("action", "run"), ("rout", "x"),
        ])
    func faults(_ row: (String, String)) {
        let (_, faults) = read([(row.0, .text(row.1))])
        #expect(faults.count == 1)
    }
}
