import IMSCore
public import RoleKit
import SIP

/// Live state for the control socket.
extension SCSCF {
    public func snapshot(_ query: SnapshotQuery) -> Report {
        switch query {
        case .status: return status
        case .registrations: return .list(registrar.inOrder.flatMap(rows))
        case .peers: return diameter.report()
        case .calls:
            calls.expire(unixSeconds: ports.clock.unixSeconds)
            return calls.report(unixSeconds: ports.clock.unixSeconds)
        case .securityAssociations: return .list([])
        }
    }

    private var status: Report {
        let counts = stack.counts
        return .object([
            ("role", .text(role.title)), ("name", .text(name)), ("ready", .flag(isReady)),
            ("uri", .text(config.uri)), ("listens", .text(stack.advertised(0))),
            ("registrations", .number(registrar.sets.count)), ("contacts", .number(registrar.bindingCount)),
            ("challenges", .number(authentication.challengeCount)),
            ("subscriptions", .number(regEvents.count)),
            ("capabilities", .list(config.capabilities.map { .number(Int($0)) })),
            ("calls", .number(calls.count)), ("transactions", .number(counts.transactions)),
            ("timers", .number(counts.timers)),
            ("requests received", .number(counts.requestsReceived)), ("malformed", .number(counts.malformed)),
        ])
    }

    /// One row a binding.
    private func rows(_ set: RegistrationSet) -> [Report] {
        set.bindings.map { binding in
            .object([
                ("impu", .text(set.defaultIMPU)), ("impi", .text(binding.impi.text)),
                (
                    "identities",
                    .list(
                        set.profile.publicIdentities.map { identity in
                            .text(identity.isBarred ? identity.identity + " (barred)" : identity.identity)
                        })
                ),
                ("contact", .text(binding.address.uri.description)),
                ("path", .list(binding.path.map { .text($0) })),
                ("expires", .number(binding.remainingSeconds(at: ports.clock.now))),
            ])
        }
    }
}
