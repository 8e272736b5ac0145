import IMSCore
public import RoleKit
import SIP

/// Keys of an S-CSCF's instance file beside `CommonSettings` and `DiameterSettings`:
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `t1` | ms | 500 | the base of SIP's timers, RFC 3261 §17.1.1.1 |
/// | `uri` | SIP URI | sip:scscf.HOME-NETWORK:PORT | Server-Name in Cx, host of Service-Route |
/// | `capabilities` | numbers | [] | what an I-CSCF may ask for, TS 29.228 §6.7 |
/// | `aka-without-ipsec` | accept, refuse | accept | AKA responses that no IPsec association protects |
/// | `expires: min` | s | 60 | shorter: 423 with Min-Expires; at most 3600 (RFC 3261 §10.3) |
/// | `expires: max` | s | 7200 | longer: granted this |
/// | `expires: default` | s | 7200 | where the UE names none |
/// | `retry-after` | s | 30 | Retry-After when the HSS is away |
/// | `digest-nonce-lifetime` | s | 600 | how long a SIP Digest nonce may be used again |
/// | `icscf` | list | [127.0.0.1:4060] | I-CSCFs for requests to users of this network, tried in turn: host:port or SIP URI |
/// | `serial-fork` | s | 20 | how long contacts ring before those of a lower q do |
/// | `as-timeout` | ms | 5000 | how long an application server may be silent, TS 24.229 §5.4.3.2; 100 is no sign of life |
/// | `numbering` | map | – | what dialled numbers mean: `NumberingPlan+Reader.swift` |
extension SCSCFConfig {
    public init(reading reader: inout SettingsReader) {
        common = CommonSettings(reading: &reader, role: .scscf, port: 6060)
        timers = SIPTimers(reading: &reader, default: .core)
        let network = common.homeNetwork
        diameter = DiameterSettings(cxClient: .scscf, common, reading: &reader)
        uri = reader.string("uri", default: "sip:scscf.\(network):\(common.address.port)")
        capabilities = reader.integers("capabilities", default: [], in: 0...Int(UInt32.max)).map(UInt32.init)
        akaWithoutIPsec = reader.choice("aka-without-ipsec", default: .accept)
        var interval = RegistrationInterval(minimum: 60, maximum: 7_200, standard: 7_200)
        reader.section("expires") { interval = RegistrationInterval(reading: &$0) }
        expires = interval
        retryAfterSeconds = reader.integer("retry-after", default: 30, in: 1...3_600)
        nonceSeconds = reader.integer("digest-nonce-lifetime", default: 600, in: 30...86_400)
        var plan = NumberingPlan(home: network)
        reader.section("numbering") { plan = NumberingPlan(reading: &$0, home: network) }
        numbering = plan
        entryPoints = reader.entryPoints(common.hosts)
        serialForkSeconds = reader.integer("serial-fork", default: 20, in: 1...180)
        asTimeoutMilliseconds = reader.integer("as-timeout", default: 5_000, in: 500...30_000)
        if (try? SIPURI(parsing: uri)) == nil {
            reader.reject(
                "uri", problem: "`uri` is \"\(uri)\"", cure: "write a SIP URI, e.g. sip:scscf.\(network):6060")
        }
    }
}

extension RegistrationInterval {
    init(reading reader: inout SettingsReader) {
        minimum = reader.integer("min", default: 60, in: 1...3_600)
        maximum = reader.integer("max", default: 7_200, in: 1...604_800)
        standard = reader.integer("default", default: max(minimum, min(7_200, maximum)), in: 1...604_800)
        if minimum > maximum {
            reader.reject("min", problem: "`min` is above `max`", cure: "write a `min` of at most \(maximum)")
        } else if !(minimum...maximum).contains(standard) {
            reader.reject(
                "default", problem: "`default` is outside `min` and `max`", cure: "write \(minimum) to \(maximum)")
        }
    }
}
