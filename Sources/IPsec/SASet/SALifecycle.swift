/// The lives of one UE's security association sets, TS 33.203 §7.4 and TS 24.229 §5.2.2.2.
///
/// ```
///              challenged            200 over it              200 over a newer one
///   (none) ──────────────▶ temporary ───────────▶ established ────────────────────▶ old
///                              │ reg-await-auth        │ lifetime    │ de-registered  │ lifetime, or 64·T1 after the
///                              ▼                       ▼             ▼                ▼ newer one's first message
///                           removed                 removed       closing ─64·T1─▶ removed
/// ```
///
/// At most three sets live at once (temporary, established, old); one in `closing` is beside them. Times are
/// milliseconds of the instance's clock.
public struct SALifecycle: Equatable, Sendable {
    public enum Phase: String, Sendable { case temporary, established, old, closing }

    public struct Entry: Equatable, Sendable {
        public let id: UInt32
        public internal(set) var phase: Phase
        /// Its challenge answered a REGISTER that came in the clear: the UE has no other set it knows of.
        public let isInitial: Bool
        /// The UE has sent on it since it was established; on a temporary one, its answer to the challenge.
        public internal(set) var isUsed = false
        /// When it was made.
        public let begun: Int
        /// When it ends.
        public internal(set) var end: Int

        public init(id: UInt32, phase: Phase, isInitial: Bool, isUsed: Bool = false, begun: Int, end: Int) {
            self.id = id
            self.phase = phase
            self.isInitial = isInitial
            self.isUsed = isUsed
            self.begun = begun
            self.end = end
        }
    }

    public enum Event: Equatable, Sendable {
        /// A 401 goes to the UE with this new set.
        case challenged(id: UInt32, isInitial: Bool)
        /// 200 to a REGISTER that came over this set, granted for so many seconds.
        case registered(over: UInt32, seconds: Int)
        /// A REGISTER over this set was refused for good: its authentication failed.
        case refused(over: UInt32)
        /// Any other message came over this set.
        case received(over: UInt32)
        /// The UE is registered no more.
        case deregistered
        /// The end of a set has come.
        case timer(id: UInt32)
    }

    public enum Effect: Equatable, Sendable {
        /// Remove states and policies.
        case remove(id: UInt32)
        /// Start the timer of this set anew.
        case arm(id: UInt32, milliseconds: Int)
    }

    /// `reg-await-auth`, TS 24.229 §7.8.
    public static let awaitAuthMilliseconds = 240_000
    /// 64·T1 toward a UE, TS 24.229 §7.7: how long a transaction may still need a set.
    public static let graceMilliseconds = 128_000
    /// A set outlives the registration by this, TS 24.229 §5.2.2.2.
    public static let marginMilliseconds = 30_000

    public private(set) var entries: [Entry]

    /// - Parameter entries: sets of before a restart.
    public init(_ entries: [Entry] = []) { self.entries = entries }

    public subscript(id: UInt32) -> Entry? { entries.first { $0.id == id } }

    /// The set requests toward the UE go over, TS 24.229 §5.2.2.2: the old one until the UE has sent on the new one or
    /// the old one is about to end.
    public func outgoing(at now: Int) -> UInt32? {
        let established = entries.first { $0.phase == .established }
        let old = entries.first { $0.phase == .old }
        if let established, established.isUsed { return established.id }
        if let old, established == nil || old.end > now + Self.graceMilliseconds { return old.id }
        return established?.id
    }

    /// Whether what comes over this set is heard. One that closes is there for retransmissions only.
    public func accepts(_ id: UInt32) -> Bool { self[id].map { $0.phase != .closing } ?? false }

    public mutating func handle(_ event: Event, at now: Int) -> [Effect] {
        switch event {
        case .challenged(let id, let isInitial): challenged(id, isInitial, now)
        case .registered(let id, let seconds): registered(id, seconds, now)
        case .refused(let id): refused(id, now)
        case .received(let id): received(id, now)
        case .deregistered: deregistered(now)
        case .timer(let id): timer(id, now)
        }
    }

    /// A set is gone for a reason of its own.
    public mutating func forget(_ id: UInt32) { entries.removeAll { $0.id == id } }

    /// A challenge drops the temporary set of the one before, §5.2.2.2.
    private mutating func challenged(_ id: UInt32, _ isInitial: Bool, _ now: Int) -> [Effect] {
        let effects = remove { $0.phase == .temporary }
        entries.append(
            Entry(
                id: id, phase: .temporary, isInitial: isInitial, begun: now, end: now + Self.awaitAuthMilliseconds))
        return effects + [.arm(id: id, milliseconds: Self.awaitAuthMilliseconds)]
    }

    private mutating func registered(_ id: UInt32, _ seconds: Int, _ now: Int) -> [Effect] {
        guard let index = entries.firstIndex(where: { $0.id == id }), entries[index].phase != .closing else {
            return []
        }
        let wanted = now + seconds * 1000 + Self.marginMilliseconds
        // No shorter than what is there: max(existing, granted + 30 s).
        let longest = entries.filter { $0.phase == .established || $0.phase == .old }.map(\.end).max() ?? 0
        var effects: [Effect] = []
        switch entries[index].phase {
        case .temporary:
            let isInitial = entries[index].isInitial
            // One old set at most; a UE that came in the clear knows none.
            effects = remove { $0.id != id && ($0.phase == .old || isInitial && $0.phase == .established) }
            for other in entries.indices where entries[other].phase == .established { entries[other].phase = .old }
            update(id) {
                $0.phase = .established
                $0.isUsed = false
            }
        case .old:
            // It still registers over the set it had: that one is the set it knows.
            break
        case .established, .closing: break
        }
        let end = max(wanted, longest)
        update(id) { $0.end = end }
        return effects + [.arm(id: id, milliseconds: end - now)]
    }

    /// The set a refusal over this one goes over, TS 33.203 §7.3.2.3: the previous one, if the UE knows one. What came in
    /// the clear before its challenge may be a phone that has lost the set it had.
    public func previous(to id: UInt32, at now: Int) -> UInt32? {
        self[id]?.isInitial == true ? nil : outgoing(at: now)
    }

    /// Where the refusal goes over this set, it stays for that a little.
    private mutating func refused(_ id: UInt32, _ now: Int) -> [Effect] {
        guard self[id]?.phase == .temporary else { return [] }
        return previous(to: id, at: now) == nil ? close(id, now) : remove { $0.id == id }
    }

    /// The first message over a new set cuts the old one's life to 64·T1, §5.2.2.2 and TS 33.203 §7.4.2a.
    private mutating func received(_ id: UInt32, _ now: Int) -> [Effect] {
        guard let entry = self[id], [.established, .temporary].contains(entry.phase), !entry.isUsed else { return [] }
        update(id) { $0.isUsed = true }
        guard entry.phase == .established else { return [] }
        var effects: [Effect] = []
        let end = now + Self.graceMilliseconds
        for entry in entries where entry.phase == .old && entry.end > end {
            update(entry.id) { $0.end = end }
            effects.append(.arm(id: entry.id, milliseconds: Self.graceMilliseconds))
        }
        return effects
    }

    /// The sets stay for retransmissions of the last REGISTER and its 200; one nobody has answered on goes.
    private mutating func deregistered(_ now: Int) -> [Effect] {
        // One that is being answered on is a new registration's: the NOTIFY that ends the former one may overtake its 200.
        let gone = remove { $0.phase == .temporary && !$0.isUsed }
        return gone + entries.filter { $0.phase == .established || $0.phase == .old }.flatMap { close($0.id, now) }
    }

    private mutating func timer(_ id: UInt32, _ now: Int) -> [Effect] {
        guard let entry = self[id] else { return [] }
        // A timer of before a prolongation.
        guard entry.end <= now else { return [.arm(id: id, milliseconds: entry.end - now)] }
        return remove { $0.id == id }
    }

    private mutating func close(_ id: UInt32, _ now: Int) -> [Effect] {
        update(id) {
            $0.phase = .closing
            $0.end = now + Self.graceMilliseconds
        }
        return [.arm(id: id, milliseconds: Self.graceMilliseconds)]
    }

    private mutating func remove(where isGone: (Entry) -> Bool) -> [Effect] {
        let gone = entries.filter(isGone)
        entries.removeAll(where: isGone)
        return gone.map { .remove(id: $0.id) }
    }

    private mutating func update(_ id: UInt32, _ change: (inout Entry) -> Void) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        change(&entries[index])
    }
}
