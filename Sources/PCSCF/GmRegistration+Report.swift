import RoleKit
import SIP

/// A registration as it is written down for the time after a restart.
extension GmRegistration {
    /// - Parameter unixSeconds: when it ends.
    func report(until unixSeconds: Int64) -> Report {
        .object([
            ("token", .text(token)), ("impi", .text(impi)), ("impu", .text(impu)),
            ("contact", .text(contact.description)),
            ("kind", .text(flow.kind == .udp ? "udp" : "tcp")), ("remote", .text(flow.remote.description)),
            ("listener", .number(listener)), ("security", .text(authentication.rawValue)), ("call", .text(callID)),
            ("associated", .list(associatedURIs.map { .text($0) })),
            ("route", .list(serviceRoute.map { .text($0) })), ("ioi", .text(termIOI ?? "")),
            ("charging", .list(chargingFunctions.map { .text($0) })), ("until", .number(Int(unixSeconds))),
            ("cseq", .number(Int(cseq))),
        ])
    }

    /// Nil for what is no registration, and for one over a stream in the clear: that has ended with the process.
    ///
    /// - Parameters:
    ///   - socket: of a listener and kind, as they are now.
    ///   - now: this clock's moment, and the Unix time it is.
    init?(
        _ report: Report, id: UInt64, socket: (Int, LinkKind) -> ListenerID?, now: (moment: Moment, unixSeconds: Int64)
    ) {
        guard let token = report["token"]?.text, let impi = report["impi"]?.text, let impu = report["impu"]?.text,
            let contact = report["contact"]?.text.flatMap({ try? AnyURI(parsing: $0) }),
            let remote = report["remote"]?.text.flatMap({ SocketAddress(endpoint: $0) }),
            let listener = report["listener"]?.number, let until = report["until"]?.number,
            let authentication = report["security"]?.text.flatMap(Authentication.init(rawValue:)),
            let cseq = report["cseq"]?.number.flatMap(UInt32.init(exactly:))
        else { return nil }
        let kind: LinkKind = report["kind"]?.text == "tcp" ? .tcp : .udp
        guard kind == .udp || authentication == .ipsec, let socket = socket(listener, kind) else { return nil }
        let seconds = Int64(until) - now.unixSeconds
        guard seconds > 0, seconds < 1 << 32 else { return nil }
        self.init(
            id: id, token: token, impi: impi, impu: impu, contact: contact,
            flow: SIPFlow(kind: kind, listener: socket, remote: remote), listener: listener,
            authentication: authentication, callID: report["call"]?.text ?? "",
            associatedURIs: (report["associated"]?.elements ?? []).compactMap(\.text),
            serviceRoute: (report["route"]?.elements ?? []).compactMap(\.text),
            termIOI: report["ioi"]?.text.flatMap { $0.isEmpty ? nil : $0 },
            chargingFunctions: (report["charging"]?.elements ?? []).compactMap(\.text),
            expiry: now.moment.advanced(byMilliseconds: Int(seconds) * 1000), timer: TimerID(raw: .max), cseq: cseq)
    }
}
