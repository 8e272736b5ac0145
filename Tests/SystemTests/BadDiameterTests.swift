import LabHarness
import Testing

extension SystemTests {
    /// Diameter peers that break the rules; the HSS answers by the book, or says nothing, and goes on serving.
    @Suite("Bad Diameter")
    struct BadDiameter {
        private static func withPeer(_ body: (Lab, DiameterPeer) throws -> Void) throws {
            try Lab.run(.processes, LabSettings { $0.guests = DiameterPeer.hosts }) { lab in
                let peer = try DiameterPeer(lab.addresses.node(9), to: lab.hss)
                try body(lab, peer)
                try #require(lab.phone(1).attempt().map(\.status) == [401, 200])
            }
        }

        @Test("RFC 6733 §5.6: CER twice gets CEA twice, and the connection serves")
        func capabilitiesExchangeTwice() throws {
            try Self.withPeer { _, peer in
                try #require(peer.ask(peer.capabilitiesExchange()).result == 2001)
                try #require(peer.ask(peer.capabilitiesExchange()).result == 2001)
                try #require(peer.ask(peer.userAuthorization(Subscriber(number: 2))).result == 2001)
            }
        }

        @Test("RFC 6733 §6.2: an answer nobody asked for is dropped, and the connection serves")
        func unsolicitedAnswer() throws {
            try Self.withPeer { lab, peer in
                try #require(peer.ask(peer.capabilitiesExchange()).result == 2001)
                var answer = peer.message(303, application: DiameterPeer.cx)
                answer.flags = 0x40
                answer.add(268, number: 2001)
                for _ in 1...5 { try peer.send(answer) }
                try #require(peer.ask(peer.userAuthorization(Subscriber(number: 2))).result == 2001)
                let lines = try lab.process(of: .hss).lines(mentioning: peer.host, within: 10)
                try #require(lines.filter { !$0.contains("open") }.count == 1, "\(lines)")
            }
        }

        @Test("RFC 6733 §5.6: anything before CER closes the connection")
        func requestBeforeCapabilities() throws {
            try Self.withPeer { _, peer in
                try peer.send(peer.userAuthorization(Subscriber(number: 2)))
                try #require(try peer.isClosed())
            }
        }

        @Test("Design §8: a peer that is not configured is refused with DIAMETER_UNKNOWN_PEER (3010)")
        func unknownPeer() throws {
            try Lab.run(.processes) { lab in
                let peer = try DiameterPeer(lab.addresses.node(9), to: lab.hss)
                try #require(peer.ask(peer.capabilitiesExchange()).result == 3010)
                try #require(try peer.isClosed())
                try #require(lab.phone(1).attempt().map(\.status) == [401, 200])
            }
        }

        @Test("RFC 6733 §7.1.5: a UAR without Public-Identity is DIAMETER_MISSING_AVP (5005)")
        func missingAVP() throws {
            try Self.withPeer { _, peer in
                try #require(peer.ask(peer.capabilitiesExchange()).result == 2001)
                var uar = peer.userAuthorization(Subscriber(number: 2))
                uar = Self.without(601, uar)
                let answer = try peer.ask(uar)
                try #require(answer.result == 5005)
                try #require(answer.value(279) != nil, "Failed-AVP is missing")
            }
        }

        @Test(
            "RFC 6733 §7.1.3 and §7.1.5: what the header may not say",
            arguments: [
                "version 2", "a length beyond the limit", "a length below the header", "an unknown command",
                "an AVP longer than the message",
            ])
        func badHeader(kind: String) throws {
            try Self.withPeer { lab, peer in
                try #require(peer.ask(peer.capabilitiesExchange()).result == 2001)
                let uar = peer.userAuthorization(Subscriber(number: 2))
                var bytes = uar.bytes
                switch kind {
                case "version 2": bytes[0] = 2
                case "a length beyond the limit": bytes.replaceSubrange(1..<4, with: [255, 255, 252])
                case "a length below the header": bytes.replaceSubrange(1..<4, with: [0, 0, 8])
                case "an unknown command": bytes.replaceSubrange(5..<8, with: [0xff, 0xff, 0xfe])
                default: bytes.replaceSubrange(25..<28, with: [0xff, 0xff, 0xff])
                }
                try peer.send(raw: bytes)
                // An error answer (3xxx or 5xxx), or the end of the connection; then a new one serves.
                if let answer = try peer.receive() { try #require((3000..<6000).contains(answer.result ?? 0)) }
                let next = try DiameterPeer(lab.addresses.node(10), to: lab.hss, host: DiameterPeer.hosts[1])
                try #require(next.ask(next.capabilitiesExchange()).result == 2001)
                try #require(next.ask(next.userAuthorization(Subscriber(number: 2))).result == 2001)
            }
        }

        private static func without(_ code: UInt32, _ message: DiameterBytes) -> DiameterBytes {
            var copy = message
            copy.avps = []
            for other in [UInt32(263), 264, 296, 283, 277, 260, 1, 601, 600] where other != code {
                guard let value = message.value(other) else { continue }
                copy.add(other, vendor: other >= 600 ? 10415 : nil, value)
            }
            return copy
        }
    }
}
