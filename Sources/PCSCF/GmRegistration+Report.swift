import RoleKit
import SIP

/// A registration as it is written down for the time after a restart.
extension GmRegistration {
    /// - Parameters:
    ///   - unixSeconds: when it ends.
    ///   - name: of its listener, which keeps it when another is added to the file.
    func report(until unixSeconds: Int64, listener name: String) -> Report {
        .object([
            ("token", .text(token)), ("impi", .text(impi)), ("impu", .text(impu)),
            ("contact", .text(contact.description)),
            ("kind", .text(flow.kind == .udp ? "udp" : "tcp")), ("remote", .text(flow.remote.description)),
            ("listener", .text(name)), ("security", .text(authentication.rawValue)), ("call", .text(callID)),
            ("associated", .list(associatedURIs.map { .text($0) })),
            ("route", .list(serviceRoute.map { .text($0) })), ("ioi", .text(termIOI ?? "")),
            ("charging", .list(chargingFunctions.map { .text($0) })), ("until", .number(Int(unixSeconds))),
            ("cseq", .number(Int(cseq))),
        ])
    }

    /// Nil for what is no registration, and for one over a stream in the clear: that has ended with the process.
    ///
    /// - Parameters:
    ///   - place: number and socket of a listener of this name and kind, as they are now.
    ///   - now: this clock's moment, and the Unix time it is.
    init?(
        _ report: Report, id: UInt64, place: (String, LinkKind) -> (listener: Int, socket: ListenerID)?,
        now: (moment: Moment, unixSeconds: Int64)
    ) {
        guard let token = report["token"]?.text, let impi = report["impi"]?.text, let impu = report["impu"]?.text,
            let contact = report["contact"]?.text.flatMap({ try? AnyURI(parsing: $0) }),
            let remote = report["remote"]?.text.flatMap({ SocketAddress(endpoint: $0) }),
            let listener = report["listener"]?.text, let until = report["until"]?.number,
            let authentication = report["security"]?.text.flatMap(Authentication.init(rawValue:)),
            let cseq = report["cseq"]?.number.flatMap(UInt32.init(exactly:))
        else { return nil }
        let kind: LinkKind = report["kind"]?.text == "tcp" ? .tcp : .udp
        guard kind == .udp || authentication == .ipsec, let place = place(listener, kind) else { return nil }
        // What overflows is no time of ours.
        let (seconds, isOverflow) = Int64(until).subtractingReportingOverflow(now.unixSeconds)
        guard !isOverflow, seconds > 0, seconds < 1 << 32 else { return nil }
        self.init(
            id: id, token: token, impi: impi, impu: impu, contact: contact,
            flow: SIPFlow(kind: kind, listener: place.socket, remote: remote), listener: place.listener,
            authentication: authentication, callID: report["call"]?.text ?? "",
            associatedURIs: (report["associated"]?.elements ?? []).compactMap(\.text),
            serviceRoute: (report["route"]?.elements ?? []).compactMap(\.text),
            termIOI: report["ioi"]?.text.flatMap { $0.isEmpty ? nil : $0 },
            chargingFunctions: (report["charging"]?.elements ?? []).compactMap(\.text),
            expiry: now.moment.advanced(byMilliseconds: Int(seconds) * 1000), timer: TimerID(raw: .max), cseq: cseq)
    }
}
