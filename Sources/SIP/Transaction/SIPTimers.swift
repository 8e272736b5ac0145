/// The letters of RFC 3261's timers (Table 4), RFC 6026's two, and ours; a running timer carries one as its kind.
public enum SIPTimer: UInt8, Sendable, CaseIterable {
    /// INVITE request retransmission (RFC 3261 §17.1.1.2).
    case a = 0x41
    /// INVITE client time-out.
    case b
    /// Proxy INVITE time-out (§16.6 step 11), of one branch.
    case c
    /// Wait for response retransmissions after a final answer to INVITE.
    case d
    /// Non-INVITE request retransmission (§17.1.2.2).
    case e
    /// Non-INVITE client time-out.
    case f
    /// INVITE response retransmission (§17.2.1).
    case g
    /// Wait for the ACK.
    case h
    /// Wait for ACK retransmissions.
    case i
    /// Wait for non-INVITE request retransmissions (§17.2.2).
    case j
    /// Wait for non-INVITE response retransmissions.
    case k
    /// Wait in Accepted at the server (RFC 6026 §7.1).
    case l
    /// Wait in Accepted at the client (RFC 6026 §7.2).
    case m
    /// A 100 (Trying) is due: INVITE after 200 ms (RFC 3261 §17.2.1), others when timer E reaches T2 (RFC 4320 §4.1);
    /// then the end of a non-INVITE transaction nobody answered (RFC 4320 §4.2).
    case t = 0x54
    /// No final response followed a CANCEL (RFC 3261 §9.1).
    case x = 0x58
}

/// The base values a transaction's timers derive from (RFC 3261 Table 4; TS 24.229 §7.7 Table 7.7.1).
public struct SIPTimers: Hashable, Sendable {
    /// Round-trip time estimate, in milliseconds.
    public var t1: Int
    /// Longest retransmission interval, in milliseconds.
    public var t2: Int
    /// Longest life of a message in the network, in milliseconds.
    public var t4: Int
    /// Timer C; larger than three minutes (RFC 3261 §16.6 step 11), in milliseconds.
    public var c: Int

    public init(t1: Int, t2: Int, t4: Int, c: Int = 185_000) {
        self.t1 = t1
        self.t2 = t2
        self.t4 = t4
        self.c = c
    }

    /// T2 and T4 grow with T1 as in both columns of TS 24.229 Table 7.7.1: 8·T1, and one second more.
    public init(t1: Int) { self.init(t1: t1, t2: 8 * t1, t4: 8 * t1 + 1_000) }

    /// Between the IM CN subsystem's elements: 500 ms, 4 s, 5 s.
    public static let core = SIPTimers(t1: 500)
    /// Between P-CSCF and UE, where radio makes round trips long: 2 s, 16 s, 17 s.
    public static let ue = SIPTimers(t1: 2_000)

    /// Timers B, D, F, H, J, L, M and the wait after a CANCEL.
    public var times64: Int { 64 * t1 }

    /// How long a non-INVITE client takes until its timer E has grown to T2, in milliseconds: before that a 100 must
    /// not be sent over UDP, at that point it must be (RFC 4320 §4.1).
    public var nonInviteTryingDelay: Int {
        var sum = 0
        var interval = t1
        while interval < t2, interval > 0 {
            sum += interval
            interval *= 2
        }
        return sum
    }

    /// How long a server may leave an INVITE without any response (RFC 3261 §17.2.1), in milliseconds.
    public static let inviteTryingDelay = 200
}
