import SIP

extension SettingsReader {
    /// Key `icscf`: the I-CSCFs that requests for users of this network go to, tried in turn: host:port or SIP URI.
    public mutating func entryPoints(_ hosts: HostTable) -> [SIPTarget] {
        var targets: [SIPTarget] = []
        for text in strings("icscf", default: ["127.0.0.1:4060"]) {
            let uri = try? SIPURI(parsing: text.hasPrefix("sip:") ? text : "sip:" + text)
            if let target = uri.flatMap({ hosts.target(.sip($0)) }) {
                targets.append(target)
                continue
            }
            reject(
                "icscf", problem: "`icscf` has \"\(text)\", which is no host:port or SIP URI with a known address",
                cure: "write e.g. 127.0.0.1:4060, or add the host to `hosts:`")
        }
        return targets
    }
}
