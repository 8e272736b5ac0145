import RoleKit
import SIP

/// Third-party registration, TS 24.229 §5.7.1.2 and TS 24.341 §5.3.3.2: who is there.
///
/// What it tells is not kept over a restart, and nobody's message depends on it: it only makes waiting shorter.
extension IPSMGW {
    func register(_ incoming: IncomingRequest) {
        guard let register = ThirdPartyRegister(incoming.message, home: config.common.homeNetwork) else {
            return sip.respond(incoming, 400)
        }
        sip.respond(incoming, 200) { $0.add(.expires, String(register.seconds)) }
        counts.registers += 1
        let isThere = register.seconds > 0 && register.takesMessages
        ports.tap.event(
            isThere ? "phone takes messages for \(register.seconds) s" : "phone takes no messages",
            impu: register.keys[0], impi: "", callID: incoming.message.callID ?? "")
        let now = ports.clock.now
        for key in register.keys {
            presence.set(key, until: isThere ? now.advanced(byMilliseconds: register.seconds * 1_000) : nil)
            if isThere { step(key, .reached) }
        }
    }
}

/// Who is registered with a phone that takes short messages.
struct Presence {
    private var until: [String: Moment] = [:]

    /// Identities remembered; what more there are is not.
    static let most = 400_000

    var count: Int { until.count }

    mutating func set(_ key: String, until moment: Moment?) {
        if moment == nil || until[key] != nil || until.count < Self.most { until[key] = moment }
    }

    /// Identities and the milliseconds each has left, in alphabetical order.
    func list(at now: Moment) -> [(key: String, milliseconds: Int)] {
        until.filter { $0.value > now }.map { ($0.key, $0.value.milliseconds(since: now)) }.sorted { $0.0 < $1.0 }
    }
}
