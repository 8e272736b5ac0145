import IPsec
import LabWorld
import RoleKit
import TestSupport

/// One kill of the P-CSCF, at a moment that is chosen.
extension SecuritySimulation {
    /// Two phones do what phones do, on good wires, and the P-CSCF dies at the packet of this number.
    ///
    /// - Returns: the packets there were.
    @discardableResult
    func run(killingAt number: Int) throws -> Int {
        var packets = 0
        core.world.faults.latencyMilliseconds = 5
        core.world.faults.rule = { [unowned self] flight in
            guard flight.from.isPhone || flight.to.isPhone else { return nil }
            packets += 1
            if packets == number { self.die() }
            return nil
        }
        try talk()
        let count = packets
        core.world.faults.rule = nil
        try heal()
        try end()
        return count
    }

    private func talk() throws {
        let (one, other) = (phones[0], phones[1])
        func both(_ act: (SimulatedPhone) throws -> Void, milliseconds: Int) throws {
            for phone in [one, other] { try act(phone) }
            try pass(milliseconds: milliseconds)
        }
        try both({ try $0.powerOn(expires: 3_600) }, milliseconds: 1)
        try both({ $0.register() }, milliseconds: 2_000)
        for round in 0..<2 {
            one.text(other.uri)
            other.call(one.uri, holdMilliseconds: 2_000)
            try pass(milliseconds: 1_600)
            if round == 0 { try restartSCSCF() }
            try both({ $0.register() }, milliseconds: 6_000)
        }
        other.deregister()
        try pass(milliseconds: 2_000)
    }

    /// In the middle of what it does; what it does in this moment it still ends.
    private func die() {
        story.append("P-CSCF dies")
        core.kill(.pcscf)
        (isUp, wasKilled) = (false, true)
    }

    func comeBack() throws {
        core.world.advance(milliseconds: below(3_000))
        try core.revive(.pcscf)
        (isUp, wasKilled) = (true, false)
    }
}
