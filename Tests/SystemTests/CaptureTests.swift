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
                try exercise(lab)
                try lab.stop()
                let dissection = try capture.finish(lastWords: Endpoint(lab.addresses.node(15), 9))
                try #require(dissection.objections() == [])
                try requireSeen(dissection, whole: shape.processes.count == 4)
            }
        }

        /// All this issue can make the core say.
        private func exercise(_ lab: Lab) throws {
            for (scenario, users) in [
                ("register", 1...20), ("wrong-response", 1...3), ("unknown-user", 501...503), ("deregister", 1...20),
            ] {
                let result = try lab.sipp(scenario, users)
                try #require(result.status == .code(0), "\(result)")
            }
            let result = try lab.sipp("register", 21...30, transport: .tcp)
            try #require(result.status == .code(0), "\(result)")
            try #require(lab.phone(4, seenElsewhere: 1 << 25).attempt().map(\.status) == [401, 401, 200])
            try #require(lab.phone(5).attempt(expires: 1).map(\.status) == [401, 423])
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
            "`--pcap`: the file a process writes of its own messages decodes as well, and holds no secret",
            arguments: [Shape.box, .processes])
        func ownCapture(shape: Shape) throws {
            try Lab.run(shape, LabSettings { $0.writesCapture = true }) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                try #require(phone.attempt(expires: 0).map(\.status) == [401, 200])
                let secrets = try #require(phone.lastKeys).secrets
                try lab.stop()
                for file in try lab.captureFiles() {
                    let octets = try Data(contentsOf: file)
                    for (name, text, raw) in secrets {
                        #expect(octets.range(of: Data(text.utf8)) == nil, "\(name) is in \(file.lastPathComponent)")
                        #expect(octets.range(of: Data(raw)) == nil, "\(name) is in \(file.lastPathComponent)")
                    }
                    try #require(Dissection(file: file).objections() == [])
                    try #require(
                        Dissection(file: file).count("sip or diameter") > 0, "\(file.lastPathComponent) is empty")
                }
            }
        }

        /// An empty capture decodes well, too: what must be in it, is.
        private func requireSeen(_ dissection: Dissection, whole: Bool) throws {
            let lines = try dissection.fields(
                [
                    "diameter.cmd.code", "diameter.flags.request", "sip.Method", "sip.Status-Code", "ip.proto",
                    "udp.port",
                ],
                where: "sip or diameter")
            let rows = lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
            for command in ["257", "282", "300", "301", "303"] {
                for flag in ["1", "0"] {
                    // A packet may carry several messages; tshark lists their fields with commas.
                    let isThere = rows.contains { row in
                        zip(row[0].split(separator: ","), row[1].split(separator: ",")).contains {
                            $0 == command && $1 == flag
                        }
                    }
                    try #require(isThere, "no Diameter command \(command) with R bit \(flag)")
                }
            }
            for status in ["401", "403", "200", "423"] {
                try #require(rows.contains { $0[3] == status }, "no \(status)")
            }
            try #require(rows.contains { $0[2] == "REGISTER" && $0[4] == "6" }, "no REGISTER over TCP")
            for port in whole ? ["5060", "4060", "6060"] : ["5060"] {
                try #require(
                    rows.contains { $0[5].split(separator: ",").contains { $0 == port } }, "nothing on port \(port)")
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
