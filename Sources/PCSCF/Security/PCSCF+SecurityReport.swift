import IPsec
import RoleKit

/// `imsbox sas`: a row a set, with what the kernel counts.
extension PCSCF {
    func securityReport() -> Report {
        guard let security else { return .list([]) }
        let states = (try? security.kernel.states()) ?? []
        let counters = Dictionary(states.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        return .list(security.table.all.map { row($0, counters) })
    }

    private func row(_ agreement: SAAgreement, _ counters: [XFRMState.ID: XFRMStateReport]) -> Report {
        let (set, entry) = (agreement.set, security?.table.life(of: agreement.user)?[agreement.id])
        let (ue, own) = (set.ue.endpoints, set.pcscf.endpoints)
        let flows = security?.table.flows(of: agreement) ?? []
        func packets(_ direction: XFRMPolicy.Direction) -> UInt64 {
            flows.filter { $0.direction == direction }.reduce(0) { $0 + (counters[$1.stateID]?.packets ?? 0) }
        }
        let states = flows.compactMap { counters[$0.stateID] }
        let rejected = states.reduce(0) { $0 + Int($1.replayed) + Int($1.forged) }
        return .object([
            ("impi", .text(agreement.user)), ("state", .text(entry?.phase.rawValue ?? "")),
            ("ue", .text(SocketAddress(set.ue.host, port: 0).host)),
            ("ue ports", .text("\(ue.clientPort)/\(ue.serverPort)")),
            ("ue spis", .text("\(ue.clientSPI)/\(ue.serverSPI)")),
            ("own ports", .text("\(own.clientPort)/\(own.serverPort)")),
            ("own spis", .text("\(own.clientSPI)/\(own.serverSPI)")),
            ("algorithms", .text(set.suite.description)),
            ("age", .number(max(0, now - (entry?.begun ?? now)) / 1000)),
            ("ends", .number(max(0, (entry?.end ?? now) - now) / 1000)),
            ("received", .number(Int(clamping: packets(.in)))), ("sent", .number(Int(clamping: packets(.out)))),
            ("rejected", .number(rejected)), ("in kernel", .number(states.count)),
        ])
    }
}
