public import RoleKit

/// The tap of one instance: redacts, counts, keeps in the ring, and hands to the capture file if there is one.
///
/// `@unchecked Sendable` because the port must be: every call comes from the thread of the instance's loop, which
/// also runs `read`, so nothing is ever touched by two threads at once.
public final class InstanceTap: TapPort, @unchecked Sendable {
    private let clock: any Clock
    private let capture: CaptureFile?
    // Touched for every message, by one thread: not checked for exclusive access.
    @exclusivity(unchecked) private var ring: TapRing
    @exclusivity(unchecked) public private(set) var counters = TapCounters()

    public init(clock: any Clock, limits: TapRing.Limits = .standard, capture: CaptureFile? = nil) {
        self.clock = clock
        self.capture = capture
        ring = TapRing(limits)
    }

    public func sip(
        _ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress, _ link: LinkKind
    ) {
        counters.sip(direction, bytes)
        let entry = TapEntry(
            time: clock.now, content: .sip(SIPRedaction.redact(bytes)), direction: direction, link: link, local: local,
            remote: remote)
        capture?.write(entry)
        ring.append(entry)
    }

    public func diameter(_ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress) {
        counters.diameter(direction)
        let entry = TapEntry(
            time: clock.now, content: .diameter(DiameterRedaction.redact(bytes)), direction: direction, link: .tcp,
            local: local, remote: remote)
        capture?.write(entry)
        ring.append(entry)
    }

    public func event(_ text: String, impu: String, impi: String, callID: String) {
        let none = SocketAddress(0, 0, 0, 0, port: 0)
        ring.append(
            TapEntry(
                time: clock.now, content: .event(TapEvent(text: text, impu: impu, impi: impi, callID: callID)),
                direction: .sent, link: .udp, local: none, remote: none))
    }

    /// What the ring holds, oldest first. On the instance's loop only.
    public var entries: [TapEntry] { ring.entries }

    /// Entries that had to make room.
    public var dropped: Int { ring.dropped }
}
