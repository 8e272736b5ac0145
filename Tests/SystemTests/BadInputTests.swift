import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// What no well-behaved peer sends: an error by the book or silence, and the next good request works.
    @Suite("Bad input")
    struct BadInput {
        @Test("RFC 3261 §18.3: datagrams that are no SIP message", arguments: [Shape.box, .processes])
        func badDatagrams(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phone = try lab.phone(1)
                for (name, bytes) in Self.datagrams(good: try phone.register()) {
                    let stranger = try Socket(.datagram, on: lab.addresses.ue(900), port: 5060)
                    try stranger.send(bytes, to: lab.pcscf)
                    let next = try phone.exchange(phone.register())
                    try #require(next.status == 401, "after \(name): \(next.startLine)")
                    // The P-CSCF reads in order, so what it had to say about the bad datagram has been sent by now.
                    if let reply = try stranger.receive(by: Deadline(seconds: 0)).flatMap(SIPText.init) {
                        try #require(
                            (400...599).contains(reply.status) && ![401, 403].contains(reply.status),
                            "to \(name): \(reply.startLine)")
                    }
                }
                try #require(phone.attempt().last?.status == 200)
            }
        }

        @Test(
            "RFC 3261 §18.3: half a message on TCP holds up nobody, and is served when it is whole",
            arguments: [Shape.box, .processes])
        func halfAMessage(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let slow = try lab.phone(2)
                let request = Array(
                    try slow.register().replacingOccurrences(of: "SIP/2.0/UDP", with: "SIP/2.0/TCP").utf8)
                let stream = try Socket(.stream, on: lab.addresses.ue(2))
                try stream.connect(to: lab.pcscf)
                try stream.write(Array(request.prefix(request.count / 2)))
                let other = try lab.phone(3)
                try #require(other.attempt().map(\.status) == [401, 200])
                try stream.write(Array(request.dropFirst(request.count / 2)))
                try #require(Self.finalResponse(on: stream)?.status == 401)
            }
        }

        @Test("Bytes that cannot become a message close that connection and no other")
        func badStream() throws {
            try Lab.run(.box) { lab in
                let good = try Socket(.stream, on: lab.addresses.ue(4))
                try good.connect(to: lab.pcscf)
                for bytes in Self.badStreams {
                    let bad = try Socket(.stream, on: lab.addresses.ue(901))
                    try bad.connect(to: lab.pcscf)
                    try? bad.write(bytes)
                    try #require(
                        try Self.isRefused(bad), "\(bytes.prefix(40)) was neither answered nor the connection closed")
                }
                let phone = try lab.phone(4)
                let request = try phone.register().replacingOccurrences(of: "SIP/2.0/UDP", with: "SIP/2.0/TCP")
                try good.write(Array(request.utf8))
                try #require(Self.finalResponse(on: good)?.status == 401)
            }
        }

        @Test("RFC 5626 §3.5.1: CRLF keep-alive on TCP is answered, and a message after it is served")
        func keepAlive() throws {
            try Lab.run(.box) { lab in
                let stream = try Socket(.stream, on: lab.addresses.ue(5))
                try stream.connect(to: lab.pcscf)
                try stream.write(Array("\r\n\r\n".utf8))
                try #require(stream.receive(by: Deadline(seconds: 10)) == Array("\r\n".utf8))
                let phone = try lab.phone(5)
                try stream.write(
                    Array(phone.register().replacingOccurrences(of: "SIP/2.0/UDP", with: "SIP/2.0/TCP").utf8))
                try #require(Self.finalResponse(on: stream)?.status == 401)
            }
        }

        /// Garbage, and a good REGISTER spoilt in several ways.
        private static func datagrams(good: String) -> [(String, [UInt8])] {
            let whole = Array(good.utf8)
            var state: UInt64 = 0x9e37_79b9_7f4a_7c15
            let noise = (0..<1400).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            var list: [(String, [UInt8])] = [
                ("noise", noise), ("an empty datagram", []), ("one octet", [0]), ("CRLF", Array("\r\n\r\n".utf8)),
                ("zeros", [UInt8](repeating: 0, count: 500)),
                (
                    "an oversized header",
                    Array(
                        good.replacingOccurrences(
                            of: "Supported: path", with: "X-Long: " + String(repeating: "a", count: 60000)
                        ).utf8)
                ),
                (
                    "too many headers",
                    Array(
                        good.replacingOccurrences(
                            of: "Supported: path", with: String(repeating: "X: a\r\n", count: 9000) + "Y: b"
                        ).utf8)
                ),
                (
                    "a body that is not there",
                    Array(good.replacingOccurrences(of: "Content-Length: 0", with: "Content-Length: 9999").utf8)
                ),
                (
                    "a negative length",
                    Array(good.replacingOccurrences(of: "Content-Length: 0", with: "Content-Length: -1").utf8)
                ),
                (
                    "another version",
                    Array(good.replacingOccurrences(of: "SIP/2.0\r\nVia", with: "SIP/7.0\r\nVia").utf8)
                ),
                ("no Call-ID", Array(good.replacingOccurrences(of: "Call-ID", with: "X-Call").utf8)),
                ("a bad CSeq", Array(good.replacingOccurrences(of: " REGISTER\r\n", with: " INVITE\r\n").utf8)),
                (
                    "an answer nobody asked for",
                    Array(
                        good.replacingOccurrences(
                            of: "REGISTER sip:\(Subscriber.domain) SIP/2.0", with: "SIP/2.0 200 OK"
                        ).utf8)
                ),
            ]
            for eighth in 1..<8 {
                list.append(("\(eighth)/8 of a REGISTER", Array(whole.prefix(whole.count * eighth / 8))))
            }
            return list
        }

        private static let badStreams: [[UInt8]] = [
            Array("\u{16}\u{03}\u{01}\u{02}\u{00} this is TLS, or nothing\r\n\r\n".utf8),
            Array("GET / HTTP/1.1\r\nHost: imsbox\r\n\r\n".utf8),
            Array("REGISTER sip:x SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n".utf8),
            Array("REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK1\r\n\r\n".utf8),
            [UInt8](repeating: UInt8(ascii: "a"), count: 2 << 20),
        ]

        /// Answered with an error, or closed.
        private static func isRefused(_ stream: Socket) throws -> Bool {
            guard let bytes = try stream.receive(by: Deadline(seconds: 20)) else { return false }
            guard let reply = SIPText(bytes) else { return bytes.isEmpty }
            return (400...599).contains(reply.status)
        }

        private static func finalResponse(on stream: Socket) throws -> SIPText? {
            let deadline = Deadline(seconds: 20)
            while let bytes = try stream.receive(by: deadline), !bytes.isEmpty {
                if let message = SIPText(bytes), message.status >= 200 { return message }
            }
            return nil
        }
    }
}
