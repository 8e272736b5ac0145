import TestSupport
import Testing

@testable import Diameter

@Suite("Peer state machine, RFC 6733 §5.6")
struct PeerMachineTests {
    typealias Event = PeerMachine.Event
    typealias Effect = PeerMachine.Effect

    /// A machine brought into a state by the shortest way.
    private func machine(in state: PeerMachine.State) -> PeerMachine {
        let ways: [PeerMachine.State: [Event]] = [
            .closed: [], .waitConnAck: [.start], .waitICEA: [.start, .iRcvConnAck],
            .waitConnAckElect: [.start, .rConnCER], .waitReturns: [.start, .iRcvConnAck, .rConnCER],
            .rOpen: [.rConnCER], .iOpen: [.start, .iRcvConnAck, .iRcvCEA],
            .closing: [.rConnCER, .stop(.rebooting)],
        ]
        var machine = PeerMachine()
        for event in ways[state] ?? [] { _ = machine.handle(event) }
        #expect(machine.state == state)
        return machine
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var from: PeerMachine.State
        var event: Event
        var actions: [Effect]
        var to: PeerMachine.State
        var testDescription: String { "\(from.name) \(event) → \(to.name)" }
    }

    /// The table of RFC 6733 §5.6, its actions without the runner's words (wait timer, opened, closed).
    static let table: [Row] = [
        Row(from: .closed, event: .start, actions: [.connect], to: .waitConnAck),
        Row(from: .closed, event: .rConnCER, actions: [.acceptR, .sendCEA], to: .rOpen),
        Row(from: .waitConnAck, event: .iRcvConnAck, actions: [.sendCER], to: .waitICEA),
        Row(from: .waitConnAck, event: .iRcvConnNack, actions: [], to: .closed),
        Row(from: .waitConnAck, event: .rConnCER, actions: [.acceptR], to: .waitConnAckElect),
        Row(from: .waitConnAck, event: .timeout, actions: [.disconnect(.initiator)], to: .closed),
        Row(from: .waitICEA, event: .iRcvCEA, actions: [], to: .iOpen),
        Row(from: .waitICEA, event: .rConnCER, actions: [.acceptR, .elect], to: .waitReturns),
        Row(from: .waitICEA, event: .peerDisc(.initiator), actions: [.disconnect(.initiator)], to: .closed),
        Row(from: .waitICEA, event: .iRcvNonCEA, actions: [.disconnect(.initiator)], to: .closed),
        Row(from: .waitICEA, event: .timeout, actions: [.disconnect(.initiator)], to: .closed),
        Row(from: .waitConnAckElect, event: .iRcvConnAck, actions: [.sendCER, .elect], to: .waitReturns),
        Row(from: .waitConnAckElect, event: .iRcvConnNack, actions: [.sendCEA], to: .rOpen),
        Row(
            from: .waitConnAckElect, event: .peerDisc(.responder), actions: [.disconnect(.responder)], to: .waitConnAck),
        Row(from: .waitConnAckElect, event: .rConnCER, actions: [.rejectR], to: .waitConnAckElect),
        Row(
            from: .waitConnAckElect, event: .timeout, actions: [.disconnect(.initiator), .disconnect(.responder)],
            to: .closed),
        Row(from: .waitReturns, event: .winElection, actions: [.disconnect(.initiator), .sendCEA], to: .rOpen),
        Row(
            from: .waitReturns, event: .peerDisc(.initiator), actions: [.disconnect(.initiator), .sendCEA], to: .rOpen),
        Row(from: .waitReturns, event: .iRcvCEA, actions: [.disconnect(.responder)], to: .iOpen),
        Row(from: .waitReturns, event: .peerDisc(.responder), actions: [.disconnect(.responder)], to: .waitICEA),
        Row(from: .waitReturns, event: .rConnCER, actions: [.rejectR], to: .waitReturns),
        Row(
            from: .waitReturns, event: .timeout, actions: [.disconnect(.initiator), .disconnect(.responder)],
            to: .closed),
        Row(from: .rOpen, event: .rConnCER, actions: [.rejectR], to: .rOpen),
        Row(from: .rOpen, event: .stop(.busy), actions: [.sendDPR(.responder, .busy)], to: .closing),
        Row(from: .rOpen, event: .rcvDPR(.responder), actions: [.sendDPA(.responder)], to: .closing),
        Row(from: .rOpen, event: .peerDisc(.responder), actions: [.disconnect(.responder)], to: .closed),
        Row(from: .iOpen, event: .rConnCER, actions: [.rejectR], to: .iOpen),
        Row(from: .iOpen, event: .stop(.rebooting), actions: [.sendDPR(.initiator, .rebooting)], to: .closing),
        Row(from: .iOpen, event: .rcvDPR(.initiator), actions: [.sendDPA(.initiator)], to: .closing),
        Row(from: .iOpen, event: .peerDisc(.initiator), actions: [.disconnect(.initiator)], to: .closed),
        Row(from: .closing, event: .rcvDPA(.responder), actions: [.disconnect(.responder)], to: .closed),
        Row(
            from: .closing, event: .timeout, actions: [.disconnect(.initiator), .disconnect(.responder)], to: .closed),
        Row(from: .closing, event: .peerDisc(.responder), actions: [.disconnect(.responder)], to: .closed),
    ]

    private func isAction(_ effect: Effect) -> Bool {
        switch effect {
        case .startWait, .stopWait, .opened, .leftOpen, .closed: false
        default: true
        }
    }

    @Test("row by row", arguments: table)
    func row(_ row: Row) {
        var machine = machine(in: row.from)
        let effects = Array(machine.handle(row.event))
        #expect(machine.state == row.to)
        #expect(effects.filter(isAction) == row.actions)
    }

    @Test("what a connection lost on the other side says changes nothing")
    func otherSide() {
        for (state, side) in [(PeerMachine.State.rOpen, PeerMachine.Side.initiator), (.iOpen, .responder)] {
            var machine = machine(in: state)
            #expect(machine.handle(.peerDisc(side)).isEmpty)
            #expect(machine.handle(.rcvDPR(side)).isEmpty)
            #expect(machine.state == state)
            #expect(!machine.carries(side))
        }
    }

    @Test(
        "RFC 6733 §5.6: whatever happens in whatever order, the words to the runner fit together",
        arguments: 0..<30 as Range<UInt64>)
    func randomOrders(seed: UInt64) {
        let events: [Event] = [
            .start, .rConnCER, .iRcvConnAck, .iRcvConnNack, .iRcvCEA, .iRcvNonCEA, .peerDisc(.initiator),
            .peerDisc(.responder), .timeout, .winElection, .stop(.rebooting), .rcvDPR(.initiator), .rcvDPR(.responder),
            .rcvDPA(.initiator), .rcvDPA(.responder),
        ]
        var random = SeededRandom(seed: seed)
        var machine = PeerMachine()
        var isOpen = false
        var isWaiting = false
        for _ in 0..<3_000 {
            let before = machine.state
            for effect in machine.handle(events[Int(random.next() % UInt64(events.count))]) {
                switch effect {
                case .opened:
                    #expect(!isOpen)
                    isOpen = true
                case .leftOpen:
                    #expect(isOpen)
                    isOpen = false
                case .closed: #expect(!isOpen && before != .closed)
                case .startWait: isWaiting = true
                case .stopWait: isWaiting = false
                case .sendCEA: #expect(machine.state == .rOpen)
                case .sendDPR, .sendDPA: #expect(machine.state == .closing)
                case .connect, .sendCER, .acceptR, .rejectR, .elect, .disconnect: break
                }
            }
            #expect(isOpen == machine.isOpen)
            #expect(isWaiting == ![.closed, .rOpen, .iOpen].contains(machine.state))
        }
    }
}

@Suite("Election, RFC 6733 §5.6.4")
struct ElectionTests {
    @Test func theGreaterNameWinsWithoutRegardToCase() {
        #expect(DiameterElection.isWon(local: "b", remote: "a"))
        #expect(!DiameterElection.isWon(local: "a", remote: "B"))
        #expect(DiameterElection.isWon(local: "hss2.home", remote: "HSS1.home"))
        #expect(DiameterElection.isWon(local: "abc", remote: "ab"))
        #expect(!DiameterElection.isWon(local: "ab", remote: "abc"))
        #expect(!DiameterElection.isWon(local: "Same", remote: "same"))
    }

    @Test("exactly one of two wins")
    func exactlyOne() {
        var random = SeededRandom(seed: 5)
        let letters = Array("abAB19.-".utf8)
        for _ in 0..<500 {
            func name() -> String {
                String(
                    decoding: (0..<1 + random.next() % 6).map { _ in letters[Int(random.next() % 8)] }, as: UTF8.self)
            }
            let (a, b) = (name(), name())
            if a.lowercased() == b.lowercased() { continue }
            #expect(
                DiameterElection.isWon(local: a, remote: b) != DiameterElection.isWon(local: b, remote: a), "\(a) \(b)")
        }
    }
}
