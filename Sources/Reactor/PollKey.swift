import CReactor

/// What epoll hands back for each descriptor. A connection's key is its number (bit 63 clear), a listener's its number
/// with bit 63 set; neither is ever reused, so a stale event of a closed descriptor finds nobody.
enum PollKey {
    static let listeners: UInt64 = 1 << 63
    static let door = UInt64.max
    static let signals = UInt64.max - 1

    static let readable = UInt32(REACTOR_READABLE)
    static let writable = UInt32(REACTOR_WRITABLE)
    static let broken = UInt32(REACTOR_BROKEN)
}
