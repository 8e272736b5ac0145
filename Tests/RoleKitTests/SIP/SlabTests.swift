import SIP
import Testing

@testable import RoleKit

@Suite("SIP stack: tables")
struct SlabTests {
    @Test("Numbers find their elements, and nothing once these are gone, even where the place is taken again")
    func numbers() {
        var slab = Slab<String>()
        let a = slab.insert("a")
        let expected = slab.nextID
        let b = slab.insert("b")
        #expect(b == expected)
        #expect(slab[a] == "a")
        #expect(slab.update(b) { $0 += "!" } != nil)
        #expect(slab[b] == "b!")
        #expect(slab.remove(a) == "a")
        #expect(slab.remove(a) == nil)
        #expect(slab[a] == nil)
        let c = slab.insert("c")
        #expect(c != a)
        #expect(slab[a] == nil)
        #expect(slab.update(a) { $0 = "x" } == nil)
        #expect(slab.ids == [c, b])
        #expect(slab.count == 2)
        #expect(slab[.max] == nil)
    }

    @Test("A timer of the same letter replaces the one running")
    func runningTimers() {
        var timers = RunningTimers()
        let ids = (1...5).map { TimerID(raw: $0) }
        #expect(timers.insert(.a, ids[0]) == nil)
        #expect(timers.insert(.b, ids[1]) == nil)
        #expect(timers.insert(.c, ids[2]) == nil)
        #expect(timers.insert(.a, ids[3]) == ids[0])
        #expect(timers.remove(.b) == ids[1])
        #expect(timers.remove(.b) == nil)
        #expect(Set(timers.removeAll()) == [ids[2], ids[3]])
        #expect(timers.removeAll().isEmpty)
    }

    @Test(
        "RFC 3261 §18.2: host and port of a sent-by",
        arguments: [
            ("10.0.0.2:5060", "10.0.0.2", 5060 as UInt16?), ("10.0.0.2", "10.0.0.2", nil),
            ("[2001:db8::1]:5070", "2001:db8::1", 5070),
            ("[2001:db8::1]", "2001:db8::1", nil), ("10.0.0.2 : 5080", "10.0.0.2", 5080),
            ("10.0.0.2:99999", "10.0.0.2", nil),
        ])
    func sentBy(text: String, host: String, port: UInt16?) {
        let bytes = Array(("Via: " + text).utf8)
        let sentBy = SentBy(bytes, 5..<bytes.count)
        #expect(sentBy.address == SocketAddress(host, port: 0))
        #expect(sentBy.port == port)
    }

    @Test(
        "A sent-by with a name is no address",
        arguments: ["example.org", "10.0.0", "10.0.0.256", "1.2.3.4.5", "example.org:5060"])
    func name(text: String) {
        let bytes = Array(text.utf8)
        #expect(SentBy(bytes, 0..<bytes.count).address == nil)
    }
}
