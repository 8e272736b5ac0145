import Console
import HSS
import ICSCF
import IPsec
import LabWorld
import PCSCF
import RoleKit
import SCSCF
import SIP
import Tap
import TestSupport

@testable import imsbox

/// A core in memory, asked by `imsbox doctor` as running instances are over their control sockets.
struct Ward {
    let core: CoreWorld
    /// What each instance's trace keeps.
    var ring = TapRing.Limits.standard
    /// Roles that run elsewhere, or not at all.
    var absent: Set<Role> = []
    var suites: [IPsecSuite] = []
    var route = Route.unknown

    init(_ change: (inout CoreWorld.Options) -> Void = { _ in }) throws {
        var options = CoreWorld.Options()
        options.scscf = [("icscf", .list([.text("icscf.\(CoreWorld.home)")]))]
        change(&options)
        core = try CoreWorld(options)
    }

    /// A core whose P-CSCF has IPsec.
    static func secure(required: Bool = false, algorithms: [String] = []) throws -> Ward {
        let kernel = ModelKernel()
        var ward = try Ward { options in
            options.kernel = kernel
            options.pcscf = [("security", .text(required ? "required" : "preferred"))]
            if !algorithms.isEmpty {
                let names = SettingsNode.list(algorithms.map { .text($0) })
                options.pcscf.append(("ipsec", .map([("algorithms", names)])))
            }
        }
        ward.suites = algorithms.compactMap { IPsecSuite($0) }
        return ward
    }

    func secureUE(_ number: Int = 1, suites: [String] = ["hmac-sha-1-96/aes-cbc"]) throws -> SecureUE {
        try SecureUE(
            try core.subscribe(number), at: SocketAddress(10, 45, 0, UInt8(number + 1), port: 0), in: core,
            suites: suites)
    }

    /// What `imsbox doctor` gathers.
    func facts(_ question: String = "001010000000001") -> SubscriberFacts {
        var facts = SubscriberFacts(question, home: CoreWorld.home, sources, now: now) { _ in route }
        facts.suites = suites
        return facts
    }

    // MARK: the control sockets

    private var epoch: Int64 { core.world.clock.unixBase * 1_000_000_000 }
    private var now: Int64 { epoch + Int64(core.world.clock.now.nanoseconds) }

    private var sources: [SubscriberFacts.Source] {
        let all =
            [
                source(core.pcscf, core.pcscfNode), source(core.icscf, core.icscfNode), source(core.hss, core.hssNode),
            ] + zip(core.scscfs, core.scscfNodes).map { source($0, $1) }
        return all.filter { !absent.contains($0.role) }
    }

    private func source(_ instance: some Instance, _ node: VirtualNode) -> SubscriberFacts.Source {
        let source = TraceSource(instance: instance.name, role: instance.role, epochOffset: epoch)
        return SubscriberFacts.Source(name: instance.name, role: instance.role) { request in
            switch request.command {
            case "trace": trace(node.tap, source, Set(request.keys))
            case "subscriber": instance.assumeIsolated { $0.snapshot(of: request.keys.first ?? "") }
            case "status": .object([("counts", instance.assumeIsolated { $0.snapshot(.status) })])
            case "peers": instance.assumeIsolated { $0.snapshot(.peers) }
            case "registrations": instance.assumeIsolated { $0.snapshot(.registrations) }
            case "sas": instance.assumeIsolated { $0.snapshot(.securityAssociations) }
            default: nil
            }
        }
    }

    /// What a ring would have kept of all that passed, as `BoxMember` answers it.
    private func trace(_ tap: CollectingTap, _ source: TraceSource, _ keys: Set<String>) -> Report {
        var kept = TapRing(ring)
        var notes = tap.notes[...]
        func addNotes(before place: Int) {
            while let note = notes.first, note.place <= place {
                let event = TapEvent(text: note.text, impu: note.impu, impi: note.impi, callID: note.callID)
                let none = SocketAddress(0, 0, 0, 0, port: 0)
                kept.append(
                    TapEntry(
                        time: note.time, content: .event(event), direction: .sent, link: .udp, local: none, remote: none
                    ))
                notes = notes.dropFirst()
            }
        }
        for (place, passage) in tap.passages.enumerated() {
            addNotes(before: place)
            let content: TapEntry.Content =
                switch passage.layer {
                case .sip: .sip(SIPRedaction.redact(passage.bytes))
                case .diameter: .diameter(DiameterRedaction.redact(passage.bytes))
                }
            kept.append(
                TapEntry(
                    time: passage.time, content: content, direction: passage.direction, link: passage.link,
                    local: passage.local, remote: passage.remote))
        }
        addNotes(before: .max)
        let (rows, known) = Timeline.select(kept.entries.map { TraceRow($0, source) }, keys: keys)
        return .object([
            ("rows", .list(rows.map(\.transfer))), ("keys", .list(known.sorted().map(Report.text))),
            ("dropped", .number(kept.dropped)),
        ])
    }
}

extension TestUE {
    /// From now on it takes itself to be of another network.
    func move(to domain: String) {
        carry = { [unowned self] text in
            outlet.send(text.replacingAll(CoreWorld.home, with: domain), to: pcscf)
        }
    }
}

extension String {
    func replacingAll(_ old: String, with new: String) -> String {
        var (rest, result) = (self[...], "")
        while let range = rest.firstRange(of: old) {
            result += rest[..<range.lowerBound] + new
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
