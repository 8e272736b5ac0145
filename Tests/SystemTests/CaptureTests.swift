import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// tshark, which nobody here wrote, decodes everything the core sends without one objection.
    @Suite("Capture")
    struct CaptureSuite {
        @Test(
            "Every SIP and Diameter message of registration, refusal and de-registration",
            arguments: [Shape.processes, .mixed(alone: .hss)])
        func everyMessage(shape: Shape) throws {
            try Lab.with { lab in
                let capture = try Capture(lab.addresses, into: lab.folder.appendingPathComponent("run.pcapng"))
                try lab.provision(1...30)
                try lab.start(shape.processes)
                _ = try lab.sipp("register", 1...30)
                _ = try lab.sipp("wrong-response", 1...3)
                _ = try lab.sipp("unknown-user", 501...503)
                _ = try lab.phone(4, seenElsewhere: 1 << 25).attempt()
                _ = try lab.phone(5).attempt(expires: 1)
                _ = try lab.sipp("deregister", 1...30)
                _ = try lab.sipp("register", 1...30, transport: .tcp)
                try lab.stop()
                let dissection = try capture.finish(lastWords: Endpoint(lab.addresses.node(15), 9))
                try #require(dissection.objections() == [])
                try requireSeen(dissection, whole: shape.processes.count == 4)
            }
        }

        @Test("A bad message is found: the check can fail")
        func plantedFaults() throws {
            try Lab.with { lab in
                let capture = try Capture(lab.addresses, into: lab.folder.appendingPathComponent("planted.pcapng"))
                for fault in PlantedFault.allCases { try fault.send(lab.addresses) }
                let found = try capture.finish(lastWords: Endpoint(lab.addresses.node(15), 9)).objections()
                for fault in PlantedFault.allCases {
                    let sender = "\(fault.sender(lab.addresses))"
                    #expect(
                        found.contains { $0.split(separator: "\t").contains { $0 == sender } } == fault.isBad,
                        "\(fault): \(found)")
                }
            }
        }

        @Test(
            "`--pcap`: the file a process writes of its own messages decodes as well",
            arguments: [Shape.box, .processes])
        func ownCapture(shape: Shape) throws {
            try Lab.run(shape, LabSettings(writesCapture: true)) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                try #require(phone.attempt(expires: 0).map(\.status) == [401, 200])
                try lab.stop()
                for file in try lab.captureFiles() {
                    try #require(Dissection(file: file).objections() == [])
                    try #require(
                        Dissection(file: file).count("sip or diameter") > 0, "\(file.lastPathComponent) is empty")
                }
            }
        }

        /// An empty capture decodes well, too: what must be in it, is.
        private func requireSeen(_ dissection: Dissection, whole: Bool) throws {
            var filters = [
                "diameter.cmd.code == 257 and diameter.flags.request == 1",
                "diameter.cmd.code == 257 and diameter.flags.request == 0",
                "diameter.cmd.code == 300", "diameter.cmd.code == 301", "diameter.cmd.code == 303",
                "diameter.cmd.code == 282",
                "sip.Method == REGISTER", "sip.Status-Code == 401", "sip.Status-Code == 403", "sip.Status-Code == 200",
                "sip and tcp", "sip.Status-Code == 423",
            ]
            if whole { filters += ["sip and udp.port == 4060", "sip and udp.port == 6060"] }
            for filter in filters {
                try #require(dissection.count(filter) > 0, "nothing in the capture is \(filter)")
            }
        }
    }
}

/// Messages planted into a capture to see that the check finds them, and one good message of each kind that it must not mind.
enum PlantedFault: UInt32, CaseIterable {
    case goodDiameter, goodSIP
    case unknownAVP, wrongAVPLength, unknownCommand, malformedSIP

    var isBad: Bool { self != .goodDiameter && self != .goodSIP }

    func sender(_ addresses: LabAddresses) -> Loopback { addresses.node(2 + rawValue) }

    private func receiver(_ addresses: LabAddresses) -> Loopback { addresses.node(8 + rawValue) }

    func send(_ addresses: LabAddresses) throws {
        switch self {
        case .goodSIP: try sendSIP("Content-Length: 0", addresses)
        case .malformedSIP: try sendSIP("Content-Length: many", addresses)
        case .goodDiameter, .unknownAVP, .wrongAVPLength, .unknownCommand: try sendDiameter(addresses)
        }
    }

    private func sendSIP(_ length: String, _ addresses: LabAddresses) throws {
        let text = """
            OPTIONS sip:icscf.\(Subscriber.domain) SIP/2.0\r
            Via: SIP/2.0/UDP \(sender(addresses)):6060;branch=z9hG4bKplanted\r
            Max-Forwards: 70\r
            From: <sip:a@\(Subscriber.domain)>;tag=1\r
            To: <sip:b@\(Subscriber.domain)>\r
            Call-ID: planted\r
            CSeq: 1 OPTIONS\r
            \(length)\r
            \r

            """
        let socket = try Socket(.datagram, on: sender(addresses), port: 6060)
        try socket.send(Array(text.utf8), to: Endpoint(receiver(addresses), 4060))
    }

    private func sendDiameter(_ addresses: LabAddresses) throws {
        let listener = try Socket(.stream, on: receiver(addresses), port: 3868)
        try listener.listen()
        let peer = try DiameterPeer(sender(addresses), to: listener.local)
        let accepted = try listener.accept(by: Deadline(seconds: 10))
        var message = peer.userAuthorization(Subscriber(number: 1))
        if self == .unknownCommand { message.command = 8_388_000 }
        if self == .unknownAVP { message.add(9999, vendor: 10415, [1, 2, 3, 4]) }
        var bytes = message.bytes
        if self == .wrongAVPLength { bytes[27] = 200 }
        try peer.send(raw: bytes)
        _ = try accepted.receive(by: Deadline(seconds: 10))
    }
}
