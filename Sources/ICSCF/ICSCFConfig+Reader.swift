public import RoleKit
import SIP

/// Keys of an I-CSCF's instance file beside `CommonSettings` and `DiameterSettings`:
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `t1` | ms | 500 | the base of SIP's timers, RFC 3261 §17.1.1.1 |
/// | `scscf` | list | [] | S-CSCFs to assign: `uri`, `capabilities` (numbers) |
/// | `scscf-timeout` | ms | 8000 | silence after which another S-CSCF is tried, TS 24.229 §5.3.1.3 |
/// | `retry-after` | s | 30 | Retry-After when HSS or S-CSCFs are away |
extension ICSCFConfig {
    public init(reading reader: inout SettingsReader) {
        common = CommonSettings(reading: &reader, role: .icscf, port: 4060)
        timers = SIPTimers(reading: &reader, default: .core)
        let network = common.homeNetwork
        diameter = DiameterSettings(cxClient: .icscf, common, reading: &reader)
        var scscfs: [KnownSCSCF] = []
        reader.sections("scscf") { row in
            let uri = row.requiredString("uri", example: "sip:scscf.\(network):6060")
            let capabilities = row.integers("capabilities", default: [], in: 0...Int(UInt32.max))
            if !uri.isEmpty { scscfs.append(KnownSCSCF(uri: uri, capabilities: capabilities.map(UInt32.init))) }
        }
        self.scscfs = scscfs
        scscfTimeoutMilliseconds = reader.integer("scscf-timeout", default: 8_000, in: 500...30_000)
        retryAfterSeconds = reader.integer("retry-after", default: 30, in: 1...3_600)
    }
}
