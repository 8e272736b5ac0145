/// Pauses between attempts to reach a peer.
///
/// Deviation: RFC 6733 §2.1 knows one Tc. The first attempts come sooner, doubling up to Tc, because in a box all
/// nodes start at once and whoever connects first finds nobody listening.
public enum ReconnectPause {
    static let first = 100
    /// What a peer that said BUSY or DO_NOT_WANT_TO_TALK_TO_YOU is left alone at least. RFC 6733 §5.4.3
    public static let unwanted = 60_000

    /// Milliseconds before attempt number `failures + 1`; `chance` spreads peers that failed together by up to an
    /// eighth.
    public static func milliseconds(afterFailures failures: Int, tc: Int, chance: UInt64) -> Int {
        let doubled = failures < 16 ? first << max(0, failures) : Int.max
        let pause = min(tc, doubled)
        return pause + Int(chance % UInt64(max(1, pause / 8)))
    }

    /// The pause after DPR with this cause.
    public static func milliseconds(afterDPR cause: DisconnectCause, tc: Int) -> Int {
        cause == .rebooting ? min(tc, 1_000) : max(tc, unwanted)
    }
}
