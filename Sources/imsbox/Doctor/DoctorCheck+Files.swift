import PCSCF
import RoleKit

/// The instance files, and the places they name.
extension DoctorCheck {
    static func files(_ facts: DoctorFacts) -> [Finding] {
        guard facts.faults.isEmpty else { return facts.faults.map { Finding(.wrong, said: $0) } }
        let titles = facts.plans.map(\.title).joined(separator: ", ")
        return [.ok("\(facts.directory) has nothing to complain of: \(titles)")]
    }

    /// Phones have to reach the P-CSCF, and IPsec needs to know at which address (TS 33.203 §7.1).
    static func addresses(_ facts: DoctorFacts) -> [Finding] {
        facts.plans.flatMap { plan -> [Finding] in
            guard let gate = plan.gate else { return [] }
            let places = gate.listeners.map(\.address)
            if places.allSatisfy(\.isLoopback) { return [loopback(places[0], facts)] }
            return gate.listeners.map { place(plan.file, $0.address, $0.security != .off, facts) }
        }
    }

    private static func loopback(_ address: SocketAddress, _ facts: DoctorFacts) -> Finding {
        let own = HostAddresses.suggestion(among: facts.addresses)?.host
        let cure = "make run LISTEN=\(own ?? "…") (or imsbox up --listen \(own ?? "…"))"
        return .warning(
            "only this host reaches \(address), so phones cannot register",
            cure: own == nil ? cure + " with an address phones reach; this host has none yet" : cure)
    }

    private static func place(
        _ file: String, _ address: SocketAddress, _ isSecure: Bool, _ facts: DoctorFacts
    ) -> Finding {
        guard facts.isOfThisHost(address) else {
            let own = facts.addresses.filter { !$0.address.isLoopback }.map { "\($0.address.host) (\($0.interface))" }
            return .wrong(
                "\(file): \(address.host) is no address of this host",
                cure: own.isEmpty
                    ? "add it to an interface" : "add it to an interface, or listen on \(own.joined(separator: ", "))")
        }
        if address.isUnspecified && isSecure {
            return .warning(
                "\(file): a listener on \(address.host) has no IPsec: an association needs one address, not all",
                cure: "write the address phones reach into `address:`")
        }
        if address.isLoopback { return .ok("only this host reaches \(address)") }
        return .ok("phones reach the P-CSCF at \(address), an address of this host")
    }

    /// Where nothing of ours runs, whatever is in the way of its sockets would be in the way of its start.
    static func ports(_ facts: DoctorFacts) -> [Finding] {
        guard !facts.isAnythingRunning else { return [] }
        let found = facts.taken.filter { facts.isOfThisHost($0.endpoint.address) }.map { taken in
            let place = "\(taken.file): \(taken.endpoint)"
            switch taken.problem.code {
            case .addressInUse:
                let port = taken.endpoint.address.port
                return Finding.wrong(
                    "\(place) is taken by another process",
                    cure: "end that one (`ss -lntup 'sport = :\(port)'` as root names it), or give the file another "
                        + "port")
            case .notPermitted:
                return .wrong(
                    "\(place) is not for this user, as ports below 1024 are not",
                    cure: "give the file another port, or run it with CAP_NET_BIND_SERVICE")
            case .addressNotAvailable, .other:
                return .wrong("\(place) cannot be had: \(taken.problem)", cure: "give the file another address or port")
            }
        }
        return found.isEmpty && !facts.plans.isEmpty ? [.ok("every address and port of the files is free")] : found
    }
}
