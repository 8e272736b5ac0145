public import IMSCore
public import RoleKit
import SIP

/// What a P-CSCF does with emergency requests, TS 24.229 §5.2.10.
public struct EmergencySettings: Sendable {
    public var screening: EmergencyScreening
    /// Where they go: an E-CSCF, a PSAP, a phone on somebody's desk. Nil: they are answered 380.
    public var route: EmergencyRoute?
    /// What the 380 says.
    public var alternative: AlternativeService

    /// The numbers every phone knows (TS 22.101 §10.1), and 380.
    public init() {
        screening = EmergencyScreening(numbers: [.init(digits: "112"), .init(digits: "911")])
        alternative = AlternativeService(
            .emergency, reason: "Emergency calls are not served here: use the circuit-switched network")
    }
}

/// The target of emergency requests.
public struct EmergencyRoute: Sendable {
    /// As configured. With `lr` it is a Route and the Request-URI is the service URN (an E-CSCF); without, it is the
    /// Request-URI (any SIP phone).
    public var uri: String
    public var isLoose: Bool
    public var address: SocketAddress
    public var kind: LinkKind
}

/// Keys of `emergency:` in a P-CSCF's instance file:
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `numbers` | list | ["112", "911"] | as dialled; `110=sos.police` names the service (RFC 5031) |
/// | `route` | SIP URI | – | where emergency requests go; none: 380 Alternative Service |
/// | `reason` | text | | text of the 380 for the user |
/// | `action` | word | – | emergency-registration, anonymous-emergencycall or initial-registration, TS 24.229 §7.6.3 |
extension EmergencySettings {
    init(reading reader: inout SettingsReader, _ hosts: HostTable) {
        self.init()
        let known = screening.numbers.map(\.digits)
        screening.numbers = []
        for text in reader.strings("numbers", default: known) {
            guard let number = Self.number(text) else {
                reader.reject(
                    "numbers", problem: "`numbers` has \"\(text)\"",
                    cure: "write digits as they are dialled, e.g. \"112\" or \"110=sos.police\"")
                continue
            }
            screening.numbers.append(number)
        }
        alternative.reason = reader.string("reason", default: alternative.reason)
        if let word = reader.string("action") {
            alternative.action = AlternativeService.Action(rawValue: word)
            if alternative.action == nil {
                reader.reject(
                    "action", problem: "`action` is \"\(word)\"",
                    cure: "write one of " + AlternativeService.Action.allCases.map(\.rawValue).joined(separator: ", "))
            }
        }
        guard let text = reader.string("route") else { return }
        route = Self.route(text, hosts)
        if route == nil {
            reader.reject(
                "route", problem: "`route` is \"\(text)\", which is no SIP URI with a known address",
                cure: "write e.g. sip:psap@10.0.0.9:5060, or sip:10.0.0.9:5070;lr for an E-CSCF")
        }
    }

    private static func number(_ text: String) -> EmergencyScreening.Number? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty, parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard parts.count == 2 else { return EmergencyScreening.Number(digits: parts[0]) }
        let name = parts[1].hasPrefix("urn:service:") ? parts[1] : "urn:service:" + parts[1]
        guard EmergencyScreening(numbers: []).service(of: .urn(name)) != nil else { return nil }
        return EmergencyScreening.Number(digits: parts[0], service: name)
    }

    private static func route(_ text: String, _ hosts: HostTable) -> EmergencyRoute? {
        guard let uri = try? SIPURI(parsing: text), let target = hosts.target(.sip(uri)) else { return nil }
        return EmergencyRoute(uri: text, isLoose: uri.isLooseRoute, address: target.address, kind: target.kind)
    }
}
