import RoleKit
import SIP
import Testing

@Suite("Key `t1`")
struct TimerSettingsTests {
    @Test("TS 24.229 Table 7.7.1: T2 and T4 follow from T1 as in both of its columns")
    func table() {
        #expect(SIPTimers.core == SIPTimers(t1: 500, t2: 4_000, t4: 5_000))
        #expect(SIPTimers.ue == SIPTimers(t1: 2_000, t2: 16_000, t4: 17_000))
        #expect(SIPTimers(t1: 100).times64 == 6_400)
    }

    @Test("It is read in milliseconds, else the listener's default stands; 0 would send without end")
    func reading() {
        func read(_ text: String?) -> (SIPTimers, [SettingsFault]) {
            let row = text.map { (key: "t1", keyLine: 1, node: SettingsNode(.scalar($0), line: 1)) }
            var reader = SettingsReader(SettingsNode(.map(row.map { [$0] } ?? []), line: 1))
            let timers = SIPTimers(reading: &reader, default: .ue)
            return (timers, reader.finish())
        }
        #expect(read(nil).0 == .ue)
        #expect(read("500").0 == .core)
        #expect(read("0").1.count == 1)
    }

    @Test("A listener toward UEs is one whatever its T1 is: size does not change a UE's transport")
    func towardUE() {
        let address = SocketAddress(10, 0, 0, 1, port: 5060)
        let listener = SIPListenerSettings(name: "gm", address: address, profile: SIPTimers(t1: 500), isTowardUE: true)
        #expect(listener.isTowardUE)
        #expect(!SIPListenerSettings(name: "core", address: address).isTowardUE)
    }
}
