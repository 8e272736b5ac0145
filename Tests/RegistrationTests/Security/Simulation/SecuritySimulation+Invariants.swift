import IPsec
import LabUE
import LabWorld
import TestSupport

@testable import PCSCF
@testable import RoleKit

/// What always holds.
extension SecuritySimulation {
    func check() throws {
        guard isUp else { return }
        let (found, ends) = core.pcscf.assumeIsolated {
            ($0.security?.table, Set($0.security?.timers.keys.sorted() ?? []))
        }
        guard let table = found else { throw violation("no IPsec") }
        if Set(kernel.held.keys) != Set(table.all.flatMap { table.flows(of: $0).map(\.stateID) } + [foreign.state.id]) {
            throw violation("the kernel's states are not the table's")
        }
        let wanted = Set((table.rules + [foreign.policy]).map { Rule($0) })
        if Set(kernel.rules.values.filter { $0.action != .block }.map { Rule($0) }) != wanted {
            throw violation("the kernel's policies are not the table's")
        }
        if ends != Set(table.all.map(\.id)) { throw violation("a set without an end") }
        for user in Set(table.all.map(\.user)) {
            let phases = table.life(of: user)?.entries.map(\.phase) ?? []
            for phase in [SALifecycle.Phase.temporary, .established, .old]
            where phases.count(where: { $0 == phase }) > 1 {
                throw violation("\(user) has sets \(phases)")
            }
        }
        try checkClear()
    }

    private struct Rule: Hashable {
        var selector: XFRMSelector
        var direction: XFRMPolicy.Direction
        var requestID: UInt32?

        init(_ policy: XFRMPolicy) {
            (selector, direction) = (policy.selector, policy.direction)
            if case .protect(let id) = policy.action { requestID = id }
        }
    }

    /// Nothing in the clear to or from a protected port, at either end. What a phone still answers when it has no set
    /// any more leaves it so, and is kept off by the P-CSCF's kernel.
    private func checkClear() throws {
        let seen = core.world.ipsec.clear
        for packet in seen[clearSeen...] {
            let toPhone = packet.to.isPhone
            let (one, other) = toPhone ? (packet.to, packet.from) : (packet.from, packet.to)
            guard one.isPhone,
                other.port != CoreWorld.pcscfAddress.port || SimulatedPhone.protectedPorts.contains(one.port)
            else { continue }
            let states = core.world.ipsec.kernels[one.hostAddress]?.held.values.map(\.selector.sourcePort) ?? []
            if toPhone || states.contains(one.port) {
                throw violation("in the clear: \(packet.from) to \(packet.to)")
            }
        }
        clearSeen = seen.count
    }
}

extension SocketAddress {
    var isPhone: Bool { family == .v4 && (low >> 16) & 0xFFFF == 0x0A2D }
}
