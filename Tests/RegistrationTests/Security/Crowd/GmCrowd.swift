import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// UEs by the thousand at one P-CSCF: they register, register again with and without a challenge, start anew, leave and
/// vanish, as a seed has it.
///
/// No UE has a socket: what it sends is handed to the P-CSCF as its listener would, what is sent to it is read as it
/// leaves. A stand-in for the home network challenges and grants. So the kernel under test is all the kernel there is.
final class GmCrowd {
    let core: CoreWorld
    let kernel: any SecurityKernel
    private var random: SeededRandom
    private var ues: [CrowdUE] = []
    private var numbers: [SocketAddress: Int] = [:]
    /// Registrations granted, and challenges to those that stood.
    private(set) var granted = 0
    private(set) var challenged = 0
    private var home: Puppet?

    init(_ count: Int, _ kernel: any SecurityKernel, seed: UInt64) throws {
        let kernel = CrowdKernel(kernel)
        self.kernel = kernel
        random = SeededRandom(seed: seed)
        var options = CoreWorld.Options()
        options.seed = seed
        options.kernel = kernel
        options.startsHSS = false
        options.hasTCP = false
        options.pcscf = [("subscribe-reg", .text("false"))]
        core = try CoreWorld(options)
        core.icscfNode.crash()
        home = try core.impersonate(CoreWorld.icscfAddress) { [unowned self] in self.answer($0) }
        for number in 0..<count {
            let ue = CrowdUE(number)
            ues.append(ue)
            numbers[ue.host] = number
        }
        core.world.faults.rule = { [unowned self] flight in
            guard let number = self.numbers[flight.to.with(port: 0)] else { return nil }
            self.ues[number].received = try? SIPMessage(flight.bytes)
            return .lose
        }
    }

    // MARK: What UEs do

    /// Each comes once, in random order.
    func come() throws {
        for number in ues.indices.shuffled(using: &random) { try act(number) { $0.register() } }
    }

    /// So many UEs chosen at random do one thing each.
    func live(steps: Int) throws {
        for step in 0..<steps {
            let number = Int.random(in: ues.indices, using: &random)
            ues[number].lookAtClock(core.world.clock.now)
            switch Int.random(in: 0..<10, using: &random) {
            case ..<4 where ues[number].isRegistered: try act(number) { $0.registerAgain() }
            case ..<6 where ues[number].isRegistered: try act(number) { $0.leave() }
            case ..<7: ues[number].vanish(keepingPorts: .random(using: &random))
            // Switched off in the middle: the challenge is never answered.
            case ..<8: say(number) { $0.register() }
            default: try act(number) { $0.register() }
            }
            core.world.advance(milliseconds: Int.random(in: 0...1_000, using: &random))
            if step % 100 == 0 { core.pcscfNode.tap.clear() }
        }
    }

    /// A REGISTER and, where it is challenged, the one that answers.
    private func act(_ number: Int, _ first: (inout CrowdUE) -> (text: String, from: UInt16, to: UInt16)) throws {
        let isLeaving = say(number, first)
        if ues[number].received?.status == 401 {
            let isTaken = ues[number].take(challenge: ues[number].received)
            try #require(isTaken, "UE \(number)")
            _ = say(number) { $0.answer() }
        }
        try #require(ues[number].received?.status == 200, "UE \(number): \(ues[number].received?.status ?? 0)")
        ues[number].take(grant: ues[number].received, at: core.world.clock.now)
        if !isLeaving { granted += 1 }
    }

    /// - Returns: whether it leaves.
    @discardableResult
    private func say(_ number: Int, _ first: (inout CrowdUE) -> (text: String, from: UInt16, to: UInt16)) -> Bool {
        ues[number].received = nil
        let (text, source, target) = first(&ues[number])
        let from = ues[number].host.with(port: source)
        core.pcscf.assumeIsolated { pcscf in
            let listener =
                target == CoreWorld.pcscfAddress.port ? 0 : pcscf.protectedPorts.groups.first.map(\.server) ?? 0
            guard let socket = pcscf.stack.socket(of: listener, .udp) else { return }
            pcscf.handle(.network(.sip, .datagram(Array(text.utf8), on: socket, from: from)))
        }
        core.world.settle()
        return !ues[number].isRegistered
    }

    // MARK: The home network

    private func answer(_ request: SIPMessage) -> SIPWriter {
        let authorization = request.text(.authorization) ?? ""
        let isProtected = authorization.contains("integrity-protected=\"yes\"")
        let isAnswer = authorization.contains("nonce=\"\(CrowdUE.nonce)\"")
        let isEnd = request.text(.expires) == "0"
        let again = isProtected && !isAnswer && !isEnd && Bool.random(using: &random)
        if again { challenged += 1 }
        guard isProtected, !again else {
            var writer = SIPWriter.response(to: request, status: 401, toTag: "home")
            writer.add(.wwwAuthenticate, CrowdUE.challenge(&random))
            return writer
        }
        var writer = SIPWriter.response(to: request, status: 200, toTag: "home")
        let contact = request.text(.contact) ?? ""
        if !isEnd { writer.add(.contact, "\(contact);expires=\(Int.random(in: 600...7_200, using: &random))") }
        writer.add(.serviceRoute, "<sip:orig@10.0.2.1:6060;lr>")
        writer.add(.pAssociatedURI, "<\(request.text(.to).map(CrowdUE.identity) ?? "")>")
        return writer
    }

    // MARK: What must hold

    /// The kernel has what the table has, and nothing else; sets share no state and no way to a UE.
    func expectAgreement(_ moment: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let (states, policies) = (try kernel.states().map(\.id), try kernel.policies())
        core.pcscf.assumeIsolated { pcscf in
            guard let table = pcscf.security?.table else { return }
            let wanted = table.all.flatMap { table.flows(of: $0).map(\.stateID) }
            #expect(
                Set(states) == Set(wanted) && states.count == wanted.count, "\(moment)", sourceLocation: sourceLocation)
            let rules = table.rules + pcscf.protectedPorts.blocks
            #expect(
                Set(policies.map(Way.init)) == Set(rules.map(Way.init)), "\(moment)", sourceLocation: sourceLocation)
            // By these the P-CSCF sees that somebody has emptied the kernel.
            #expect(table.stateCount == states.count && rules.count == policies.count, sourceLocation: sourceLocation)
        }
    }

    /// A policy, and the set it names.
    private struct Way: Hashable {
        var rule: ProtectedPorts.Rule
        var requestID: UInt32?

        init(_ policy: XFRMPolicy) {
            rule = ProtectedPorts.Rule(policy.selector, policy.direction)
            if case .protect(let id) = policy.action { requestID = id }
        }

        init(_ report: XFRMPolicyReport) {
            rule = ProtectedPorts.Rule(report.selector, report.direction)
            requestID = report.requestID
        }
    }

    var sets: Int { core.pcscf.assumeIsolated { $0.security?.table.count ?? 0 } }
    var registrations: Int { core.pcscf.assumeIsolated { $0.registrations.count } }
    /// What the kernel did not do.
    var refusals: [String] {
        core.pcscfNode.log.lines.filter { $0.event.contains("refused by the kernel") }.map(\.description)
    }
}
