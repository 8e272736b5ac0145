import Foundation
import IPsec
import Kernel
import LabHarness
import LabUE
import RoleKit

/// The core as an operator runs it, in a network with ESP: the P-CSCF on the network's addresses, UEs in namespaces of
/// their own.
struct GmLab {
    let network: LabNetwork
    let lab: Lab

    /// Starts a core, runs `body`, and stops the core, which must end in order.
    static func run(
        _ shape: Shape, ues: Int, _ settings: LabSettings = LabSettings(), body: (GmLab) throws -> Void
    ) throws {
        let network = try LabNetwork(ues: ues)
        var settings = settings
        settings.gm = [network.core.ipv4, network.core.ipv6]
        try Lab.with(settings) { lab in
            let here = GmLab(network: network, lab: lab)
            try lab.provision(1...max(1, ues))
            try here.start(shape.processes)
            try body(here)
            try lab.stop()
        }
    }

    func start(_ groups: [[LabHarness.Role]]) throws { try network.core.run { try lab.start(groups) } }

    /// kill -9 and a new start.
    func restart(_ role: LabHarness.Role) throws {
        try lab.crash(role)
        try start([[role]])
    }

    /// The phone of lab subscriber `number` in the namespace of that number.
    func phone(_ number: Int, _ kind: GmPhone.Kind, hasPreconditions: Bool = false) throws -> GmPhone {
        try GmPhone(
            number, at: network.ues[number - 1], of: network, kind, hasPreconditions: hasPreconditions)
    }

    /// What `imsbox sas --json` shows.
    func sets() throws -> [GmSet] { try Lab.objects(in: lab.json("sas")).compactMap(GmSet.init) }

    /// A socket to the kernel of the P-CSCF's namespace.
    func kernel() throws -> XFRMSocket { try network.core.run { try XFRMSocket() } }

    /// What is wrong with the P-CSCF's kernel, measured by what `sas` shows; nil: nothing. Its states are those of the
    /// sets, four each, and its policies theirs and those that keep clear text off the protected ports.
    func kernelFault() throws -> String? {
        let (sets, kernel) = (try sets(), try kernel())
        let (states, policies) = (try kernel.states(), try kernel.policies())
        let shown = Set(sets.flatMap(\.ownSPIs) + sets.flatMap(\.ueSPIs))
        if Set(states.map(\.id.spi)) != shown || states.count != 4 * sets.count {
            return "\(states.count) states in the kernel, \(sets.count) sets shown"
        }
        let protecting = policies.filter { $0.requestID != nil }.count
        let blocking = policies.count - protecting
        if protecting != 4 * sets.count { return "\(protecting) policies in the kernel for \(sets.count) sets" }
        return blocking == Self.blocks ? nil : "\(blocking) blocking policies in the kernel, not \(Self.blocks)"
    }

    /// In and out, for a server port and eight client ports of each of two listeners.
    static let blocks = 2 * 9 * 2
}

/// A row of `imsbox sas --json`.
struct GmSet: Equatable {
    var impi: String
    var state: String
    var algorithms: String
    var ueSPIs: [UInt32]
    var ownSPIs: [UInt32]
    var uePorts: [UInt16]
    var ownPorts: [UInt16]
    var received: Int
    var sent: Int
    var rejected: Int
    var inKernel: Int

    init?(_ row: [String: Any]) {
        func numbers<Number: FixedWidthInteger>(_ key: String) -> [Number] {
            (row[key] as? String ?? "").split(separator: "/").compactMap { Number($0) }
        }
        guard let impi = row["impi"] as? String, let state = row["state"] as? String,
            let algorithms = row["algorithms"] as? String, let received = row["received"] as? Int,
            let sent = row["sent"] as? Int, let rejected = row["rejected"] as? Int,
            let inKernel = row["in kernel"] as? Int
        else { return nil }
        (self.impi, self.state, self.algorithms) = (impi, state, algorithms)
        (self.received, self.sent, self.rejected, self.inKernel) = (received, sent, rejected, inKernel)
        (ueSPIs, ownSPIs) = (numbers("ue spis"), numbers("own spis"))
        (uePorts, ownPorts) = (numbers("ue ports"), numbers("own ports"))
        guard ueSPIs.count == 2, ownSPIs.count == 2, uePorts.count == 2, ownPorts.count == 2 else { return nil }
    }
}
