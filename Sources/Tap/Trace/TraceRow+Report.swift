public import RoleKit
import SIP

/// Rows on the way from an instance to the command that shows them, and as that command's `--json` prints them.
extension TraceRow {
    /// With the message's bytes, for `init(reading:)`.
    public var transfer: Report {
        .object([
            ("time", .text(String(unixNanoseconds))), ("instance", .text(instance)), ("role", .text(role.rawValue)),
            ("kind", .text(kind.rawValue)), ("received", .flag(received)), ("link", .text(link)),
            ("local", .text(local.description)), ("remote", .text(remote.description)), ("summary", .text(summary)),
            ("call", .text(call)), ("identities", .list(identities.map(Report.text))),
            ("one", .flag(isOneSubscriber)), ("bytes", .text(Base64.encode(bytes))),
        ])
    }

    /// For people's programs: who, when, what, and the message as text.
    public var shown: Report {
        var pairs: [(key: String, value: Report)] = [
            ("time", .text(WallClock.stamp(unixNanoseconds))), ("instance", .text(instance)),
            ("kind", .text(kind.rawValue)),
        ]
        if kind != .event {
            pairs += [
                ("from", .text(from.description)), ("to", .text(to.description)), ("transport", .text(link)),
            ]
        }
        pairs.append(("summary", .text(summary)))
        if !call.isEmpty { pairs.append((kind == .diameter ? "session-id" : "call-id", .text(call))) }
        if kind != .event { pairs.append(("message", .list(text.map(Report.text)))) }
        return .object(pairs)
    }

    /// The message line by line.
    public var text: [String] {
        switch kind {
        case .sip:
            String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false).map(
                String.init)
        case .diameter: DiameterText.lines(bytes)
        case .event: []
        }
    }

    /// Reads a `transfer` report; nil if something is missing.
    public init?(reading report: Report) {
        guard case .object(let pairs) = report else { return nil }
        func text(_ key: String) -> String? {
            guard case .text(let value)? = pairs.first(where: { $0.key == key })?.value else { return nil }
            return value
        }
        func flag(_ key: String) -> Bool {
            pairs.contains { $0.key == key && $0.value == .flag(true) }
        }
        guard let time = text("time").flatMap({ Int64($0) }), let instance = text("instance"),
            let role = text("role").flatMap(Role.init), let kind = text("kind").flatMap(Kind.init),
            let local = text("local").flatMap(SocketAddress.init(endpoint:)),
            let remote = text("remote").flatMap(SocketAddress.init(endpoint:)),
            let bytes = text("bytes").flatMap({ Base64.decode($0) })
        else { return nil }
        var identities: [String] = []
        if case .list(let found)? = pairs.first(where: { $0.key == "identities" })?.value {
            for case .text(let key) in found { identities.append(key) }
        }
        self.init(
            unixNanoseconds: time, instance: instance, role: role, kind: kind, received: flag("received"),
            link: text("link") ?? "", local: local, remote: remote, summary: text("summary") ?? "",
            call: text("call") ?? "", identities: identities, isOneSubscriber: flag("one"), bytes: bytes)
    }
}
