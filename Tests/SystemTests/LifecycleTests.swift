import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// Starting, stopping and dying.
    @Suite("Lifecycle")
    struct Lifecycle {
        @Test("kill -9 of one role: after its restart phones register again", arguments: Role.allCases)
        func crashAndRestart(role: Role) throws {
            try Lab.run(.processes) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                try lab.crash(role)
                try lab.start([[role]])
                _ = try phone.registerEventually(within: 40)
                try #require(Set(lab.registrations().map(\.impi)) == [phone.subscriber.impi])
            }
        }

        @Test("kill -9 of the box: the same, with the database it left")
        func crashOfTheBox() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                try lab.crash(.hss)
                try lab.start([Role.allCases])
                _ = try phone.registerEventually(within: 40)
            }
        }

        @Test("TS 33.102 §C.1.1: no SQN is used twice, however often the HSS dies", arguments: [Shape.processes, .box])
        func sequenceNumbersAreNotReused(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phones = try (1...10).map { try lab.phone($0) }
                for round in 1...3 {
                    for phone in phones { try phone.acceptChallenge() }
                    try lab.crash(.hss)
                    try lab.start(shape.processes.filter { $0.contains(.hss) })
                    _ = try phones[0].registerEventually(within: 40)
                    // A card that has seen this SQN, or a later one of its index, would ask for resynchronisation: 401, 401, 200.
                    for phone in phones {
                        let statuses = try phone.attempt().map(\.status)
                        try #require(statuses == [401, 200], "subscriber \(phone.subscriber.number), round \(round)")
                    }
                }
            }
        }

        @Test("SIGTERM: what is in flight is finished, nothing new is begun, the process ends with 0")
        func drains() throws {
            try Lab.run(.processes) { lab in
                let phone = try lab.phone(1)
                let hss = try lab.process(of: .hss)
                hss.signal(SIGSTOP)
                let request = Array(try phone.register().utf8)
                try phone.socket.send(request, to: lab.pcscf)
                while let early = try phone.socket.receive(by: Deadline(seconds: 0.7)).flatMap(SIPText.init) {
                    try #require(early.status < 200)
                }
                let icscf = try lab.process(of: .icscf)
                icscf.signal(SIGTERM)
                hss.signal(SIGCONT)
                let final = try phone.exchange(String(decoding: request, as: UTF8.self))
                try #require(final.status == 401, "what was in flight got \(final.startLine)")
                try #require(icscf.waitForExit(within: 20) == .code(0))
                try lab.forget(.icscf)
            }
        }

        @Test("RFC 6733 §5.4: SIGTERM says goodbye to Diameter peers (DPR) and waits for DPA")
        func disconnects() throws {
            try Lab.run(.processes, LabSettings { $0.guests = DiameterPeer.hosts }) { lab in
                let peer = try DiameterPeer(lab.addresses.node(9), to: lab.hss)
                try #require(peer.ask(peer.capabilitiesExchange()).result == 2001)
                let hss = try lab.process(of: .hss)
                hss.signal(SIGTERM)
                var request = try peer.receive()
                while request?.command == 280 { request = try peer.receive() }
                let dpr = try #require(request)
                try #require(dpr.command == 282 && dpr.flags & DiameterBytes.request != 0)
                var answer = DiameterBytes(command: 282, flags: 0, id: dpr.hopByHop)
                answer.endToEnd = dpr.endToEnd
                answer.add(268, number: 2001)
                answer.add(264, text: peer.host)
                answer.add(296, text: Subscriber.domain)
                try peer.send(answer)
                try #require(try peer.isClosed())
                try #require(hss.waitForExit(within: 20) == .code(0))
                try lab.forget(.hss)
            }
        }

        @Test("A port that is taken refuses the start with a sentence, not with a crash")
        func addressInUse() throws {
            try Lab.run(.box) { lab in
                let said = try lab.imsbox(
                    ["run", lab.file(of: .pcscf).path, "--state-dir", lab.folder.appendingPathComponent("other").path],
                    expecting: .code(1))
                #expect(said.contains("\(lab.pcscf)"))
            }
        }
    }
}
