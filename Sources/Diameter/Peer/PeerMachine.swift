/// The peer state machine of RFC 6733 §5.6: one per neighbour, over at most two connections, the one we opened
/// (initiator, I-) and the one the peer opened (responder, R-).
///
/// Capabilities are judged before: `.rConnCER` is a CER that can be accepted, `.iRcvCEA` a CEA that was. Sending and
/// receiving of ordinary messages and watchdogs changes no state and does not pass here: ask `carries(_:)`.
public struct PeerMachine: Sendable {
    public enum Side: Hashable, Sendable { case initiator, responder }

    public enum State: Hashable, Sendable {
        case closed, waitConnAck, waitICEA, waitConnAckElect, waitReturns, rOpen, iOpen, closing

        /// As RFC 6733 §5.6 writes it.
        public var name: String {
            switch self {
            case .closed: "Closed"
            case .waitConnAck: "Wait-Conn-Ack"
            case .waitICEA: "Wait-I-CEA"
            case .waitConnAckElect: "Wait-Conn-Ack/Elect"
            case .waitReturns: "Wait-Returns"
            case .rOpen: "R-Open"
            case .iOpen: "I-Open"
            case .closing: "Closing"
            }
        }
    }

    public enum Event: Hashable, Sendable {
        case start
        /// A connection the peer opened has said an acceptable CER.
        case rConnCER
        case iRcvConnAck
        case iRcvConnNack
        case iRcvCEA
        /// Anything else than an acceptable CEA.
        case iRcvNonCEA
        /// The connection of this side is gone.
        case peerDisc(Side)
        case timeout
        case winElection
        case stop(DisconnectCause)
        case rcvDPR(Side)
        case rcvDPA(Side)
    }

    public enum Effect: Hashable, Sendable {
        /// I-Snd-Conn-Req
        case connect
        /// I-Snd-CER
        case sendCER
        /// R-Accept: the connection of this CER becomes the responder's.
        case acceptR
        /// R-Reject: the connection of this CER is closed.
        case rejectR
        /// R-Snd-CEA, with what Process-CER found.
        case sendCEA
        /// Compare the identities; `.winElection` follows if ours wins. §5.6.4
        case elect
        case sendDPR(Side, DisconnectCause)
        case sendDPA(Side)
        case disconnect(Side)
        /// The timer behind `.timeout`, afresh.
        case startWait
        case stopWait
        /// Messages flow from now on.
        case opened(Side)
        /// No message may be sent any more; what waits for an answer goes elsewhere.
        case leftOpen
        /// Nothing is left of either connection.
        case closed
    }

    public typealias Effects = DiameterEffects<Effect>

    public private(set) var state: State = .closed

    public init() {}

    /// True if ordinary messages may be sent.
    public var isOpen: Bool { state == .iOpen || state == .rOpen }

    /// True if messages on this side are the peer's: those of a connection about to lose an election are not.
    public func carries(_ side: Side) -> Bool {
        switch state {
        case .iOpen: side == .initiator
        case .rOpen: side == .responder
        // Answers to what was asked before DPR may still come.
        case .closing: true
        case .closed, .waitConnAck, .waitICEA, .waitConnAckElect, .waitReturns: false
        }
    }

    public mutating func handle(_ event: Event) -> Effects {
        let before = state
        var effects: Effects
        switch state {
        case .closed: effects = closed(event)
        case .waitConnAck: effects = waitConnAck(event)
        case .waitICEA: effects = waitICEA(event)
        case .waitConnAckElect: effects = waitConnAckElect(event)
        case .waitReturns: effects = waitReturns(event)
        case .rOpen: effects = open(event, .responder)
        case .iOpen: effects = open(event, .initiator)
        case .closing: effects = closing(event)
        }
        if state != before { addTransition(from: before, to: &effects) }
        return effects
    }

    // MARK: Rows of RFC 6733 §5.6, one function a state. What a row does not list is ignored there.

    private mutating func closed(_ event: Event) -> Effects {
        switch event {
        // Start: I-Snd-Conn-Req → Wait-Conn-Ack
        case .start: go(.waitConnAck, .connect)
        // R-Conn-CER: R-Accept, Process-CER, R-Snd-CEA → R-Open
        case .rConnCER: go(.rOpen, .acceptR, .sendCEA)
        case .iRcvConnAck, .iRcvConnNack, .iRcvCEA, .iRcvNonCEA, .peerDisc, .timeout, .winElection, .stop, .rcvDPR,
            .rcvDPA:
            Effects()
        }
    }

    private mutating func waitConnAck(_ event: Event) -> Effects {
        switch event {
        // I-Rcv-Conn-Ack: I-Snd-CER → Wait-I-CEA
        case .iRcvConnAck: go(.waitICEA, .sendCER)
        // I-Rcv-Conn-Nack: Cleanup → Closed
        case .iRcvConnNack, .peerDisc(.initiator): go(.closed)
        // R-Conn-CER: R-Accept, Process-CER → Wait-Conn-Ack/Elect
        case .rConnCER: go(.waitConnAckElect, .acceptR)
        // Timeout: Error → Closed. Stop is not in the table for this state: there is nobody to send DPR to.
        case .timeout, .stop: go(.closed, .disconnect(.initiator))
        case .start, .iRcvCEA, .iRcvNonCEA, .peerDisc(.responder), .winElection, .rcvDPR, .rcvDPA: Effects()
        }
    }

    private mutating func waitICEA(_ event: Event) -> Effects {
        switch event {
        // I-Rcv-CEA: Process-CEA → I-Open
        case .iRcvCEA: go(.iOpen)
        // R-Conn-CER: R-Accept, Process-CER, Elect → Wait-Returns
        case .rConnCER: go(.waitReturns, .acceptR, .elect)
        // I-Peer-Disc: I-Disc → Closed
        // I-Rcv-Non-CEA: Error → Closed
        // Timeout: Error → Closed
        case .peerDisc(.initiator), .iRcvNonCEA, .timeout, .stop: go(.closed, .disconnect(.initiator))
        case .start, .iRcvConnAck, .iRcvConnNack, .peerDisc(.responder), .winElection, .rcvDPR, .rcvDPA: Effects()
        }
    }

    private mutating func waitConnAckElect(_ event: Event) -> Effects {
        switch event {
        // I-Rcv-Conn-Ack: I-Snd-CER, Elect → Wait-Returns
        case .iRcvConnAck: go(.waitReturns, .sendCER, .elect)
        // I-Rcv-Conn-Nack: R-Snd-CEA → R-Open
        case .iRcvConnNack, .peerDisc(.initiator): go(.rOpen, .sendCEA)
        // R-Peer-Disc: R-Disc → Wait-Conn-Ack
        case .peerDisc(.responder): go(.waitConnAck, .disconnect(.responder))
        // R-Conn-CER: R-Reject
        case .rConnCER: Effects(.rejectR)
        // Timeout: Error → Closed
        case .timeout, .stop: go(.closed, .disconnect(.initiator), .disconnect(.responder))
        case .start, .iRcvCEA, .iRcvNonCEA, .winElection, .rcvDPR, .rcvDPA: Effects()
        }
    }

    private mutating func waitReturns(_ event: Event) -> Effects {
        switch event {
        // Win-Election: I-Disc, R-Snd-CEA → R-Open
        // I-Peer-Disc: I-Disc, R-Snd-CEA → R-Open. A refusing CEA is the same to us.
        case .winElection, .peerDisc(.initiator), .iRcvNonCEA: go(.rOpen, .disconnect(.initiator), .sendCEA)
        // I-Rcv-CEA: R-Disc → I-Open
        case .iRcvCEA: go(.iOpen, .disconnect(.responder))
        // R-Peer-Disc: R-Disc → Wait-I-CEA
        case .peerDisc(.responder): go(.waitICEA, .disconnect(.responder))
        // R-Conn-CER: R-Reject
        case .rConnCER: Effects(.rejectR)
        // Timeout: Error → Closed
        case .timeout, .stop: go(.closed, .disconnect(.initiator), .disconnect(.responder))
        case .start, .iRcvConnAck, .iRcvConnNack, .rcvDPR, .rcvDPA: Effects()
        }
    }

    /// R-Open and I-Open differ in the side alone.
    private mutating func open(_ event: Event, _ side: Side) -> Effects {
        switch event {
        // R-Conn-CER: R-Reject
        case .rConnCER: return Effects(.rejectR)
        // Stop: Snd-DPR → Closing
        case .stop(let cause): return go(.closing, .sendDPR(side, cause))
        // Rcv-DPR: Snd-DPA → Closing
        case .rcvDPR(let from): return from == side ? go(.closing, .sendDPA(side)) : Effects()
        // Peer-Disc: Disc → Closed
        case .peerDisc(let gone): return gone == side ? go(.closed, .disconnect(side)) : Effects()
        case .start, .iRcvConnAck, .iRcvConnNack, .iRcvCEA, .iRcvNonCEA, .timeout, .winElection, .rcvDPA:
            return Effects()
        }
    }

    private mutating func closing(_ event: Event) -> Effects {
        switch event {
        // Rcv-DPA: Disc → Closed
        // Peer-Disc: Disc → Closed
        case .rcvDPA(let side), .peerDisc(let side): go(.closed, .disconnect(side))
        // Timeout: Error → Closed
        case .timeout: go(.closed, .disconnect(.initiator), .disconnect(.responder))
        // Both say DPR at once: each answers the other, and the first DPA closes.
        case .rcvDPR(let side): Effects(.sendDPA(side))
        // A peer that comes back while its old connection is being closed is told to try again.
        case .rConnCER: Effects(.rejectR)
        case .start, .iRcvConnAck, .iRcvConnNack, .iRcvCEA, .iRcvNonCEA, .winElection, .stop: Effects()
        }
    }

    private mutating func go(_ next: State, _ effects: Effect...) -> Effects {
        state = next
        return effects.reduce(into: Effects()) { $0.append($1) }
    }

    /// What every change of state brings with it: the wait timer, and word to the runner.
    private func addTransition(from before: State, to effects: inout Effects) {
        switch state {
        case .waitConnAck, .waitICEA, .waitConnAckElect, .waitReturns, .closing: effects.append(.startWait)
        case .closed, .rOpen, .iOpen: effects.append(.stopWait)
        }
        if before == .iOpen || before == .rOpen { effects.append(.leftOpen) }
        switch state {
        case .iOpen: effects.append(.opened(.initiator))
        case .rOpen: effects.append(.opened(.responder))
        case .closed: effects.append(.closed)
        case .waitConnAck, .waitICEA, .waitConnAckElect, .waitReturns, .closing: break
        }
    }
}

/// RFC 6733 §5.6.4: of two connections made at the same time one stays.
public enum DiameterElection {
    /// True if `local` lexicographically succeeds `remote`, letters compared without case.
    public static func isWon(local: String, remote: String) -> Bool {
        var theirs = remote.utf8.map(lower).makeIterator()
        for ours in local.utf8.map(lower) {
            guard let other = theirs.next() else { return true }
            if ours != other { return ours > other }
        }
        return false
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }
}
