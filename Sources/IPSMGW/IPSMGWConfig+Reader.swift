import IMSCore
public import RoleKit
import SIP
import SMS

/// Keys of an IP-SM-GW's instance file beside `CommonSettings`:
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `t1` | ms | 500 | the base of SIP's timers, RFC 3261 §17.1.1.1 |
/// | `uri` | SIP URI | sip:ipsmgw.HOME-NETWORK:PORT | what filter criteria name, and what phones report to |
/// | `service-centre` | number | +15559999999 | the service centre's number toward phones |
/// | `icscf` | list | [127.0.0.1:4060] | I-CSCFs, tried in turn: host:port or SIP URI |
/// | `time-zone` | ±hh:mm | +00:00 | of time stamps, TS 23.040 §9.2.3.11 |
/// | `validity: default` | s | 172800 | how long a message is kept whose sender does not say |
/// | `validity: max` | s | 604800 | how long any message is kept |
/// | `retry` | s, list | [30, 120, 600, 1800, 7200, 21600] | pauses between attempts; the last repeats |
/// | `report-timeout` | s | 40 | how long a phone may take for its delivery report |
/// | `restart-rate` | number | 50 | recipients tried a second after a start |
/// | `duplicates` | s | 120 | how long a repeated submission is known as such |
/// | `messages-max` | number | 100000 | messages kept; more are refused (RP cause 42) |
/// | `messages-per-recipient` | number | 200 | the same for one recipient |
/// | `database` | file | ipsmgw.sqlite | in the state directory, or absolute |
/// | `numbering` | map | – | as the S-CSCF's: `NumberingPlan+Reader.swift` |
extension IPSMGWConfig {
    public init(reading reader: inout SettingsReader) {
        common = CommonSettings(reading: &reader, role: .ipsmgw, port: 7060)
        timers = SIPTimers(reading: &reader, default: .core)
        let network = common.homeNetwork
        uri = reader.string("uri", default: "sip:ipsmgw.\(network):\(common.address.port)")
        serviceCentre = Self.serviceCentre(&reader)
        entryPoints = reader.entryPoints(common.hosts)
        zoneQuarters = Self.quarters(&reader)
        var validity = (standard: 172_800, longest: 604_800)
        reader.section("validity") { section in
            validity.standard = section.integer("default", default: 172_800, in: 60...38_102_400)
            validity.longest = section.integer("max", default: 604_800, in: 60...38_102_400)
        }
        longestValiditySeconds = validity.longest
        validitySeconds = min(validity.standard, validity.longest)
        let retry = reader.integers("retry", default: DeliverySchedule().retrySeconds, in: 1...604_800)
        schedule = DeliverySchedule(
            retrySeconds: retry, reportSeconds: reader.integer("report-timeout", default: 40, in: 1...600))
        restartRate = reader.integer("restart-rate", default: 50, in: 1...10_000)
        duplicateSeconds = reader.integer("duplicates", default: 120, in: 32...3_600)
        mostMessages = reader.integer("messages-max", default: 100_000, in: 1...10_000_000)
        mostMessagesOfOne = reader.integer("messages-per-recipient", default: 200, in: 1...10_000)
        database = reader.string("database", default: "ipsmgw.sqlite")
        var plan = NumberingPlan(home: network)
        reader.section("numbering") { plan = NumberingPlan(reading: &$0, home: network) }
        numbering = plan
        if retry.isEmpty { reader.reject("retry", problem: "`retry` is empty", cure: "write seconds, e.g. [30, 600]") }
        if (try? SIPURI(parsing: uri)) == nil {
            reader.reject(
                "uri", problem: "`uri` is \"\(uri)\"", cure: "write a SIP URI, e.g. sip:ipsmgw.\(network):7060")
        }
    }

    private static func serviceCentre(_ reader: inout SettingsReader) -> RPAddress {
        let text = reader.string("service-centre", default: "+15559999999")
        if text.hasPrefix("+"), E164Number(global: text) != nil, let address = RPAddress(text) { return address }
        reader.reject(
            "service-centre", problem: "`service-centre` is \"\(text)\"",
            cure: "write a number with country code, e.g. \"+15559999999\"")
        return .unknown
    }

    /// `+05:30` as 22.
    private static func quarters(_ reader: inout SettingsReader) -> Int {
        let text = reader.string("time-zone", default: "+00:00")
        let bytes = Array(text.utf8)
        if bytes.count == 6, bytes[3] == UInt8(ascii: ":"), bytes[0] == 0x2B || bytes[0] == 0x2D,
            let hours = Int(text.dropFirst().prefix(2)), let minutes = Int(text.suffix(2)),
            (0...14).contains(hours), [0, 15, 30, 45].contains(minutes)
        {
            return (bytes[0] == 0x2D ? -1 : 1) * (hours * 4 + minutes / 15)
        }
        reader.reject(
            "time-zone", problem: "`time-zone` is \"\(text)\"",
            cure: "write hours and minutes from UTC, e.g. \"+05:30\"")
        return 0
    }
}
