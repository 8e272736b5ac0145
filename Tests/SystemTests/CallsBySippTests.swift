import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// Sessions by Debian's sipp (issue 3, "It must hold").
    @Suite("Calls by sipp")
    struct CallsBySipp {
        private static let transports = [Sipp.Transport.udp, .tcp]

        @Test(
            """
            TS 24.229 §5.2.6, §5.4.3: every kind of call between two phones, over UDP and TCP, all at the same time; \
            no call, transaction or timer stays behind; tshark objects to nothing
            """, arguments: [Shape.box, .processes])
        func calls(shape: Shape) throws {
            let runs = CallKind.all.count * Self.transports.count
            try Lab.with(.forCalls) { lab in
                let capture = try Capture(lab.addresses, into: lab.folder.appendingPathComponent("calls.pcapng"))
                try lab.provision(1...runs * CallRun.subscribers)
                try lab.start(shape.processes)
                let all = CallRun.all(CallKind.all, Self.transports, lab)
                try play(all, lab)
                let dissection = try capture.finish(lastWords: Endpoint(lab.addresses.node(15), 9))
                try #require(dissection.objections() == [])
                try requireSeen(dissection)
            }
        }

        @Test(
            "RFC 3312, IR.92 §2.4: QoS preconditions in each mode of the P-CSCF, over UDP and TCP",
            arguments: ["pass", "assist", "strip"])
        func preconditions(mode: String) throws {
            var settings = LabSettings.forCalls
            settings.preconditions = mode
            try Lab.with(settings) { lab in
                let file = lab.folder.appendingPathComponent("preconditions.pcapng")
                let capture = try Capture(lab.addresses, into: file)
                try lab.provision(1...Self.transports.count * CallRun.subscribers)
                try lab.start(Shape.box.processes)
                let all = CallRun.all([.preconditions(mode)], Self.transports, lab)
                try play(all, lab)
                try #require(try capture.finish(lastWords: Endpoint(lab.addresses.node(15), 9)).objections() == [])
            }
        }

        @Test(
            "RFC 3261 §18.1.1: outside loopback a MESSAGE of more than 1300 octets goes over TCP from P-CSCF to P-CSCF",
            .enabled(if: Namespace.isPossible, "needs root for a network namespace"),
            arguments: [Shape.box, .processes])
        func largeMessage(shape: Shape) throws {
            try OutsideAddress.run { address in
                try Lab.run(shape, LabSettings { $0.address = address }) { lab in
                    let file = lab.folder.appendingPathComponent("message.pcapng")
                    let capture = try Capture(filter: "host \(address)", into: file)
                    let run = CallRun(.largeMessageOverTCP, .udp, lab, first: 1)
                    try CallRun.register([run])
                    try run.listen()
                    try run.call()
                    let faults = try run.faults()
                    try #require(faults.isEmpty, "\(faults.joined(separator: "\n"))")
                    let dissection = try capture.finish(lastWords: Endpoint(address, 9))
                    try #require(dissection.objections() == [])
                    // Inside one process the core's streams are links that no capture sees.
                    let isSeen = try dissection.count("tcp and sip.Method == MESSAGE") > 0
                    try #require(isSeen == (shape != .box))
                }
            }
        }

        /// Plays calls at the same time; then nothing stays behind, and the core ends in order.
        private func play(_ runs: [CallRun], _ lab: Lab) throws {
            try CallRun.register(runs)
            for run in runs { try run.listen() }
            for run in runs { try run.call() }
            let faults = try runs.flatMap { try $0.faults() }
            try #require(faults.isEmpty, "\(faults.joined(separator: "\n"))")
            try lab.requireNothingLeft()
            try lab.stop()
        }

        /// An empty capture decodes well, too: every method of the scenarios is in it, over both transports.
        private func requireSeen(_ dissection: Dissection) throws {
            let rows = try dissection.fields(["ip.proto", "sip.Method"], where: "sip.Method")
            // A packet may carry several messages; tshark lists their fields with commas.
            let seen = Set(
                rows.map { $0.split(separator: "\t") }.filter { $0.count == 2 }.flatMap { row in
                    row[1].split(separator: ",").map { "\($0) \(row[0])" }
                })
            let methods = [
                "INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "MESSAGE", "OPTIONS", "REFER", "NOTIFY",
            ]
            for method in methods {
                for proto in [IPPROTO_UDP, IPPROTO_TCP] {
                    try #require(seen.contains("\(method) \(proto)"), "no \(method) over IP protocol \(proto)")
                }
            }
        }
    }
}
