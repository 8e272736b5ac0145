import RoleKit
import Tap
import Testing

/// The drawn ladder.
@Suite struct LadderTests {
    private let rows = Timeline.select(TimelineTests.rows, keys: ["001010000000001"]).rows

    private func lines(width: Int = 100, colour: Bool = false) -> [String] {
        Ladder(rows, style: .init(width: width, isColoured: colour)).lines(Timeline.merge(rows))
    }

    @Test("One column per party, UE first, roles in order; arrows run from sender to receiver")
    func ladder() throws {
        let lines = lines().map { String($0.dropFirst(14)) }
        #expect(
            lines == [
                "    UE 127.0.0.9             pcscf                icscf                 hss",
                "          |----- REGISTER ---->|                    |                    |",
                "          |                    |----- REGISTER ---->|                    |",
                "          |                    |                    |======= UAR =======>|",
                "          |                    |                    |<==== UAA 2001 =====|",
                "          |<----- 200 OK ------|                    |                    |",
            ])
    }

    @Test("Colour is there only when asked for")
    func colour() {
        #expect(!lines().joined().contains("\u{1B}"))
        #expect(lines(colour: true).joined().contains("\u{1B}[32m"))
    }

    @Test("No line is wider than asked for, whatever the width", arguments: [72, 80, 100, 160])
    func width(width: Int) {
        for line in lines(width: width) { #expect(line.count <= width, "\(line)") }
    }

    @Test("Many UEs share one column")
    func manyUEs() {
        let many = (1...20).map { number in
            TimelineTests.row(
                .pcscf, Int64(number), .received, TimelineTests.pcscf,
                SocketAddress(127, 0, 0, UInt8(number), port: 5090),
                sip: TimelineTests.register("00101000000000\(number)", call: "c\(number)"))
        }
        let header = Ladder(many, style: .init(width: 80, isColoured: false)).lines(many)[0]
        #expect(header.split(separator: " ") == ["UEs", "pcscf"])
    }

    @Test(
        "Two UEs of one host are told apart by their ports, whatever the room",
        arguments: [
            (100, ["127.100.200.101:59601", "127.100.200.101:51101", "pcscf"]),
            (72, ["…100.200.101:59601", "…100.200.101:51101", "pcscf"]),
        ])
    func ports(width: Int, expected: [String]) {
        let call = TimelineTests.register("001010000000001", call: "c")
        let rows = [UInt16(59_601), 51_101].map { port in
            TimelineTests.row(
                .pcscf, Int64(port), .received, TimelineTests.pcscf, SocketAddress(127, 100, 200, 101, port: port),
                sip: call)
        }
        let header = Ladder(rows, style: .init(width: width, isColoured: false)).lines(rows)[0]
        #expect(header.split(separator: " ").map(String.init) == expected)
    }

    @Test("An event stands at its instance")
    func event() {
        let entry = TapEntry(
            time: Moment(nanoseconds: 8),
            content: .event(TapEvent(text: "registered", impu: "sip:001010000000001@ims", impi: "", callID: "")),
            direction: .sent, link: .udp, local: SocketAddress(0, 0, 0, 0, port: 0),
            remote: SocketAddress(0, 0, 0, 0, port: 0))
        let row = TraceRow(entry, TraceSource(instance: "icscf", role: .icscf, epochOffset: 0))
        let all = rows + [row]
        let line = Ladder(all, style: .init(width: 100, isColoured: false)).lines([row]).last
        #expect(line?.dropFirst(14) == "          |                    |                    * registered")
    }

    @Test("RFC 3339 stamps are UTC with milliseconds")
    func stamp() {
        #expect(WallClock.stamp(1_700_000_000_007_000_000) == "2023-11-14T22:13:20.007Z")
    }
}
