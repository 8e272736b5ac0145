import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// A UE that does one thing after another as chance has it: registers, refreshes, moves away, gives up half-way,
/// answers wrongly.
final class WanderingUE {
    private enum Wish { case register, deregister, abandon, answerWrongly }

    let ue: TestUE
    private let chance: VirtualRandomness
    private var wish: Wish?
    private var expires = 0
    private var seen = 0
    private var patience = 0
    /// Status codes of final responses so far.
    var statuses: [Int] { ue.finals.map(\.status) }

    init(_ ue: TestUE, _ chance: VirtualRandomness) {
        self.ue = ue
        self.chance = chance
    }

    /// One step of its life; called every 200 ms of the world.
    func step() throws {
        ue.collect()
        guard let current = wish else { return begin() }
        patience -= 1
        if ue.finals.count > seen {
            seen = ue.finals.count
            try answer(current)
        } else if patience == 0 {
            ue.restart()
            wish = nil
        }
    }

    private func begin() {
        guard chance.next() % 20 == 0 else { return }
        let wishes: [Wish] = [.register, .register, .register, .deregister, .abandon, .answerWrongly]
        let chosen = wishes[Int(chance.next() % UInt64(wishes.count))]
        wish = chosen
        expires = chosen == .deregister ? 0 : 60 + Int(chance.next() % 120)
        if chance.next() % 4 == 0 { ue.restart() }
        send(ue.initialAuthorization)
    }

    private func send(_ authorization: String) {
        patience = 300
        seen = ue.finals.count
        let contact = expires == 0 && chance.next() % 2 == 0 ? "*" : nil
        ue.register(expires: expires, contact: contact, authorization: authorization, settling: false)
    }

    private func answer(_ current: Wish) throws {
        guard ue.finals.last?.status == 401, current != .abandon else {
            wish = nil
            return
        }
        let right = try ue.answer()
        guard current == .answerWrongly else { return send(right) }
        send(try ue.respond(try #require(ue.challenge), [9, 9, 9, 9]))
    }
}
