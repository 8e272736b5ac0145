import IPsec
public import RoleKit
import SIP

/// Live state for the control socket.
extension PCSCF {
    public func snapshot(_ query: SnapshotQuery) -> Report {
        switch query {
        case .status: return status
        case .registrations: return .list(registrations.inOrder.map(row))
        case .calls:
            calls.expire(unixSeconds: ports.clock.unixSeconds)
            return calls.report(unixSeconds: ports.clock.unixSeconds)
        case .securityAssociations: return securityReport()
        case .peers:
            return .list(
                config.entryPoints.map { point in
                    .object([
                        ("peer", .text("I-CSCF")), ("address", .text(point.address.description)),
                        ("transport", .text(point.kind == .udp ? "udp" : "tcp")),
                    ])
                })
        }
    }

    private var status: Report {
        let counts = stack.counts
        return .object([
            ("role", .text(role.title)), ("name", .text(name)), ("ready", .flag(isReady)),
            ("listens", .list((0..<coreListener).map { .text(stack.advertised($0)) })),
            ("core side", .text(stack.advertised(coreListener))), ("registrations", .number(registrations.count)),
            ("security associations", .number(security?.table.count ?? 0)), ("subscriptions", .number(regEvents.count)),
            ("calls", .number(calls.count)), ("transactions", .number(counts.transactions)),
            ("timers", .number(counts.timers)),
            ("requests received", .number(counts.requestsReceived)), ("malformed", .number(counts.malformed)),
        ])
    }

    private func securityText(_ registration: GmRegistration) -> String {
        switch registration.authentication {
        case .digest: "SIP Digest"
        case .aka: "AKA without IPsec"
        case .ipsec:
            "IPsec" + (security?.table.outgoing(to: registration.impi, at: now).map { " \($0.set.suite)" } ?? "")
        }
    }

    private func row(_ registration: GmRegistration) -> Report {
        .object([
            ("impu", .text(registration.associatedURIs.first ?? "")), ("impi", .text(registration.impi)),
            ("identities", .list(registration.associatedURIs.map { .text($0) })),
            ("contact", .text(registration.contact.description)),
            ("source", .text("\(registration.flow.remote)")),
            ("security", .text(securityText(registration))),
            ("service route", .list(registration.serviceRoute.map { .text($0) })),
            ("expires", .number((registration.expiry.milliseconds(since: ports.clock.now) + 999) / 1000)),
        ])
    }
}
