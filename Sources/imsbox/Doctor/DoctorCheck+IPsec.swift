import Glibc
import IPsec
import Kernel
import PCSCF
import RoleKit

/// IPsec toward phones, TS 33.203 §7: asked for by the files, granted by the kernel.
extension DoctorCheck {
    static func ipsec(_ facts: DoctorFacts) -> [Finding] {
        facts.plans.flatMap { plan in plan.gate.map { ipsec(plan, $0, facts) } ?? [] }
    }

    private static func ipsec(_ plan: InstancePlan, _ gate: PCSCFConfig, _ facts: DoctorFacts) -> [Finding] {
        let off = gate.listeners.filter { $0.security == .off }.map { listener in
            Finding.warning(
                "\(plan.file): `security: off` at \(listener.address): phones that insist on IPsec do not register there",
                cure: "write `security: preferred`, which serves the others, too")
        }
        let secure = gate.listeners.filter { $0.security != .off }
        guard !secure.isEmpty else { return off }
        let wanting = secure.filter(\.wantsIPsec)
        let families = Set(wanting.isEmpty ? [false] : wanting.map { $0.address.family == .v6 })
        let probes = facts.probes.filter { families.contains($0.isV6) && gate.ipsec.suites.contains($0.suite) }
        let judged = families.sorted { !$0 && $1 }.flatMap { isV6 in
            kernel(
                probes.filter { $0.isV6 == isV6 }, families.count > 1 ? (isV6 ? "IPv6: " : "IPv4: ") : "",
                Need(wanting), facts)
        }
        guard facts.runs(plan.name), !wanting.isEmpty else { return off + judged }
        return off + running(wanting, gate, judged, facts)
    }

    /// A running P-CSCF that has IPsec holds its protected server ports.
    private static func running(
        _ wanting: [PCSCFConfig.Listener], _ gate: PCSCFConfig, _ judged: [Finding], _ facts: DoctorFacts
    ) -> [Finding] {
        let places = wanting.map { $0.address.with(port: gate.ipsec.serverPort) }
        let without = places.filter { place in !facts.taken.contains { $0.endpoint.address == place } }
        guard !without.isEmpty else {
            // What its user may is what counts, not what this one may.
            let isBlind = facts.probes.contains { $0.failure?.kind == .notPermitted }
            let others = isBlind ? [] : judged.filter { $0.verdict != .ok }
            return places.map { .ok("IPsec is on: protected server port \($0)") } + others
        }
        let cured = judged.contains { $0.verdict == .wrong } ? "do what follows, then start it again" : nil
        return without.map {
            .wrong(
                "the P-CSCF runs without IPsec: nobody listens on the protected server port \($0)",
                cure: cured ?? "start it again, with CAP_NET_ADMIN (as root, or by its systemd unit)")
        } + judged.filter { $0.verdict != .ok }
    }

    /// How much it matters that there is no IPsec.
    private struct Need {
        var verdict: Finding.Verdict
        var consequence: String

        init(_ wanting: [PCSCFConfig.Listener]) {
            verdict = wanting.isEmpty ? .warning : .wrong
            consequence =
                wanting.contains { $0.security == .required }
                ? "the P-CSCF does not start, as `security: required` says"
                : "phones that insist on IPsec do not register"
        }
    }

    /// What trying each algorithm on one family of addresses has shown.
    private static func kernel(
        _ probes: [SuiteProbe], _ family: String, _ need: Need, _ facts: DoctorFacts
    ) -> [Finding] {
        let failing = probes.filter { $0.failure != nil }
        // Without ESP some algorithms are refused in words that do not say so.
        let cause = failing.first { $0.failure?.code == EPROTONOSUPPORT } ?? failing.first
        guard let failure = cause?.failure else {
            return probes.isEmpty ? [] : [.ok("\(family)the kernel has ESP and every algorithm of `ipsec: algorithms`")]
        }
        guard failing.count == probes.count else {
            let names = failing.map(\.suite.description).joined(separator: ", ")
            return [
                .warning(
                    "\(family)the kernel lacks \(names), which the P-CSCF therefore does not offer",
                    cure: "load their modules (\(modprobe(algorithms, facts))), or take them out of `ipsec: algorithms`"
                )
            ]
        }
        return [refusal(failure, family, need, facts)]
    }

    /// Nothing is taken, and this is why.
    private static func refusal(
        _ failure: XFRMFailure, _ family: String, _ need: Need, _ facts: DoctorFacts
    ) -> Finding {
        var finding: Finding
        switch failure.kind {
        case .notPermitted:
            finding = .wrong(
                "\(family)this user lacks CAP_NET_ADMIN, which IPsec needs: \(need.consequence)",
                cure: "run it as root or by its systemd unit, which has the capability, or: "
                    + "setcap cap_net_admin+ep \(facts.program)")
        case .unsupported:
            let lacking = failure.code == EPROTONOSUPPORT ? "no ESP" : "no algorithm of `ipsec: algorithms`"
            finding = .wrong(
                "\(family)the kernel has \(lacking) (\(failure.text)): \(need.consequence)",
                cure: modprobe(["xfrm_user", "esp4", "esp6"] + algorithms, facts)
                    + "; where modprobe finds none, take a kernel that has them, as Debian's linux-image-amd64 does")
        case .exists, .absent, .other:
            finding = .wrong(
                "\(family)the kernel takes no association (\(failure.text)): \(need.consequence)",
                cure: failure.cure ?? "`dmesg` may say more")
        }
        finding.verdict = need.verdict
        return finding
    }

    private static let algorithms = ["authenc", "cbc", "gcm", "md5", "des_generic"]

    private static func modprobe(_ modules: [String], _ facts: DoctorFacts) -> String {
        (facts.isContainer ? "on the host, since this is a container: " : "") + "modprobe -a "
            + modules.joined(separator: " ")
    }
}
