import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("RFC 6665 §4.2.1: what is not subscribed to")
struct RefusalTests {
    @Test(
        "RFC 6665 §8.3.2: unknown packages are refused at once, and told what there is",
        arguments: ["presence", "message-summary", "conference", "reg.winfo", nil] as [String?])
    func badEvent(_ event: String?) throws {
        let watcher = try Watcher(subscribes: false)
        let answer = try watcher.subscribe(event: event, accept: nil)
        #expect(answer?.status == 489)
        #expect(answer?.text(.allowEvents) == "reg")
    }

    @Test("RFC 3903 §6: PUBLISH is refused at once")
    func publish() throws {
        let watcher = try Watcher(subscribes: false)
        watcher.dialog.send("PUBLISH", extra: ["Event: presence", "Expires: 3600"])
        watcher.core.world.settle()
        #expect(watcher.phone.statuses(.publish) == [405])
        #expect(watcher.phone.responses.last?.has(.allow) == true)
    }

    @Test("RFC 6665 §4.2.1.1: too short a time is 423 with Min-Expires, and that one is granted")
    func tooBrief() throws {
        let watcher = try Watcher(subscribes: false)
        let answer = try watcher.subscribe(expires: 59)
        #expect(answer?.status == 423)
        let minimum = try #require(try answer?.integer(.minExpires))
        #expect(try watcher.subscribe(expires: minimum)?.status == 200)
    }

    @Test("RFC 3680 §4.3: no Expires means 3761 s; too long is cut")
    func bounds() throws {
        let watcher = try Watcher(subscribes: false)
        #expect(try watcher.subscribe(expires: nil)?.integer(.expires) == 3_761)
        #expect(try watcher.subscribe(expires: 9_999_999)?.integer(.expires) == 604_800)
    }

    @Test(
        "RFC 3680 §4.5: a subscriber that cannot read reginfo is refused",
        arguments: [("application/pidf+xml", 406), ("application/*;q=0.1", 200), ("*/*", 200), (nil, 200)]
            as [(String?, Int)])
    func accept(_ row: (String?, Int)) throws {
        let watcher = try Watcher(subscribes: false)
        #expect(try watcher.subscribe(accept: row.0)?.status == row.1)
    }

    @Test("TS 24.229 §5.4.2.1.1: another user's registration is not watched")
    func stranger() throws {
        let watcher = try Watcher(subscribes: false)
        let other = try CallWorld.phone(2, in: watcher.core)
        watcher.dialog.target = other.uri
        #expect(try watcher.subscribe()?.status == 403)
        #expect(watcher.count == 0)
    }

    @Test(
        "TS 24.229 §5.4.2.1.1: who is let in, by the asserted identity",
        arguments: [
            (["<tel:+15550000001>"], 200), (["<sip:+15550000001@\(CoreWorld.home)>"], 200),
            (["<sip:001010000000001@\(CoreWorld.home)>"], 403), ([], 403), (["<sip:10.0.9.9:5060>"], 403),
            (["<sip:mallory@\(CoreWorld.home)>"], 403),
        ] as [([String], Int)])
    func asserted(_ row: ([String], Int)) throws {
        let watcher = try Watcher(subscribes: false) { $0.neighbours = [Self.network(1)] }
        #expect(try subscribe(watcher, asserted: row.0, number: 1) == [row.1])
    }

    @Test("TS 24.229 §4.4: what a stranger asserts lets it watch nobody")
    func outsider() throws {
        let watcher = try Watcher(subscribes: false)
        #expect(try subscribe(watcher, asserted: ["<tel:+15550000001>"], number: 1) == [403])
        #expect(watcher.count == 0)
    }

    @Test("a registration has room for so many subscriptions and no more")
    func limit() throws {
        let watcher = try Watcher(subscribes: false) { $0.neighbours = (1...21).map(Self.network) }
        for number in 1...20 {
            #expect(try subscribe(watcher, asserted: ["<tel:+15550000001>"], number: number) == [200])
        }
        #expect(try subscribe(watcher, asserted: ["<tel:+15550000001>"], number: 21) == [500])
        #expect(watcher.count == 20)
        // None of them answers: all are dropped in the end (RFC 6665 §4.2.2).
        watcher.core.world.advance(milliseconds: 40_000)
        #expect(watcher.count == 0)
    }

    private static func network(_ number: Int) -> SocketAddress { SocketAddress(10, 0, 9, UInt8(number), port: 5060) }

    /// A SUBSCRIBE that arrives at the S-CSCF from somewhere in the network.
    private func subscribe(_ watcher: Watcher, asserted: [String], number: Int) throws -> [Int] {
        let address = Self.network(number)
        let puppet = try Puppet(watcher.core.world, at: address, listensTCP: false, name: "network\(number)")
        watcher.company.append(puppet)
        var lines = [
            "SUBSCRIBE \(watcher.phone.uri) SIP/2.0", "Via: SIP/2.0/UDP \(address);branch=z9hG4bKs\(number)",
            "Max-Forwards: 70", "From: <sip:x@y>;tag=\(number)", "To: <\(watcher.phone.uri)>", "Call-ID: net\(number)",
            "CSeq: 1 SUBSCRIBE", "Contact: <sip:\(address)>", "Event: reg", "Expires: 3600",
        ]
        lines += asserted.map { "P-Asserted-Identity: \($0)" }
        puppet.send(
            lines.joined(separator: "\r\n") + "\r\nContent-Length: 0\r\n\r\n", to: CoreWorld.scscfAddress(0))
        watcher.core.world.settle()
        return puppet.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }.filter { !$0.isRequest }.map(\.status)
    }
}
