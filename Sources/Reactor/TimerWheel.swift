import RoleKit

/// A hierarchical timer wheel: seven levels of 64 slots, one tick a millisecond, good for a century.
///
/// A timer lies on the level of the highest six-bit digit in which its deadline differs from the current tick, so
/// starting and cancelling link and unlink one node, and a timer moves down a level at most six times in its life.
/// Timers of one tick fire in the order they were started. A `TimerID` is a node's index and its generation: an id
/// that fired or was cancelled finds another generation and does nothing.
struct TimerWheel: ~Copyable {
    private struct Node {
        var deadline: UInt64 = 0
        var token = TimerToken(.role, kind: 0, id: 0)
        var owner: UInt32 = 0
        var generation: UInt32 = 1
        var next: Int32 = -1
        var previous: Int32 = -1
        var slot: Int16 = 0
        var place = Place.free
    }

    private enum Place: UInt8 {
        case free, wheel
        /// Its deadline has passed; it waits for `take` and may still be cancelled.
        case due
    }

    private struct List {
        var head: Int32 = -1
        var tail: Int32 = -1
    }

    private static let digitBits = 6
    private static let levels = 7
    private static let slotsPerLevel = 1 << digitBits
    /// The longest delay; more is cut to it (35 years).
    private static let longest: UInt64 = 1 << 40

    private var nodes: UnsafeMutablePointer<Node>
    private var capacity = 64
    private var used = 0
    private var free: Int32 = -1
    private let lists: UnsafeMutablePointer<List>
    /// One bit per non-empty slot and level.
    private let occupied: UnsafeMutablePointer<UInt64>

    /// Deadlines up to this tick have been looked at.
    private(set) var current: UInt64
    /// Timers started and neither taken nor cancelled.
    private(set) var count = 0

    init(tick: UInt64) {
        current = tick
        nodes = .allocate(capacity: capacity)
        nodes.initialize(repeating: Node(), count: capacity)
        lists = .allocate(capacity: Self.levels * Self.slotsPerLevel)
        lists.initialize(repeating: List(), count: Self.levels * Self.slotsPerLevel)
        occupied = .allocate(capacity: Self.levels)
        occupied.initialize(repeating: 0, count: Self.levels)
    }

    deinit {
        nodes.deallocate()
        lists.deallocate()
        occupied.deallocate()
    }

    // MARK: owners' side

    mutating func start(at deadline: UInt64, owner: UInt32, _ token: TimerToken) -> TimerID {
        let index = allocate()
        nodes[index].deadline = min(max(deadline, current + 1), current + Self.longest)
        nodes[index].owner = owner
        nodes[index].token = token
        link(index)
        count += 1
        return TimerID(raw: UInt64(nodes[index].generation) << 32 | UInt64(index))
    }

    /// True if the timer was running and is no more; only its owner may cancel it.
    mutating func cancel(_ id: TimerID, owner: UInt32) -> Bool {
        guard let index = find(id), nodes[index].owner == owner else { return false }
        if nodes[index].place == .wheel { unlink(index) }
        release(index)
        return true
    }

    /// What a due timer carries; nil if it was cancelled meanwhile. The id is spent.
    mutating func take(_ id: TimerID) -> TimerToken? {
        guard let index = find(id), nodes[index].place == .due else { return nil }
        let token = nodes[index].token
        release(index)
        return token
    }

    /// Cancels all timers of one owner; the only operation that looks at every node.
    mutating func cancelAll(owner: UInt32) {
        for index in 0..<used where nodes[index].place != .free && nodes[index].owner == owner {
            if nodes[index].place == .wheel { unlink(index) }
            release(index)
        }
    }

    // MARK: the loop's side

    /// When the wheel wants to be looked at again; it may then only have to move timers down a level.
    var nextTick: UInt64? {
        for level in 0..<Self.levels {
            if let slot = nextSlot(level) { return start(of: slot, level) }
        }
        return nil
    }

    /// Moves to `tick`, handing out timers whose deadline has come, earliest first, at most `limit` of them.
    mutating func advance(to tick: UInt64, limit: Int, _ due: (TimerID, _ owner: UInt32) -> Void) {
        var left = limit
        while left > 0 {
            guard let (level, slot) = firstOccupied(), start(of: slot, level) <= tick else {
                current = max(current, tick)
                return
            }
            current = max(current, start(of: slot, level))
            let list = level * Self.slotsPerLevel + slot
            if level > 0 {
                cascade(list)
                continue
            }
            while left > 0, lists[list].head >= 0 {
                let index = Int(lists[list].head)
                unlink(index)
                nodes[index].place = .due
                left -= 1
                due(TimerID(raw: UInt64(nodes[index].generation) << 32 | UInt64(index)), nodes[index].owner)
            }
        }
    }

    // MARK: slots

    private func digit(_ tick: UInt64, _ level: Int) -> Int {
        Int(truncatingIfNeeded: tick >> UInt64(Self.digitBits * level)) & (Self.slotsPerLevel - 1)
    }

    /// The first occupied slot of a level. Slots behind the current digit are always empty: a deadline that differs
    /// in this digit is larger in it.
    private func nextSlot(_ level: Int) -> Int? {
        occupied[level] == 0 ? nil : occupied[level].trailingZeroBitCount
    }

    /// A lower level's timers all come before a higher level's.
    private func firstOccupied() -> (level: Int, slot: Int)? {
        for level in 0..<Self.levels {
            if let slot = nextSlot(level) { return (level, slot) }
        }
        return nil
    }

    private func start(of slot: Int, _ level: Int) -> UInt64 {
        let shift = UInt64(Self.digitBits * level)
        let above = (current >> shift) & ~UInt64(Self.slotsPerLevel - 1)
        return (above | UInt64(slot)) << shift
    }

    private mutating func cascade(_ list: Int) {
        var index = lists[list].head
        lists[list] = List()
        clear(list)
        while index >= 0 {
            let next = nodes[Int(index)].next
            link(Int(index))
            index = next
        }
    }

    private mutating func link(_ index: Int) {
        let difference = nodes[index].deadline ^ current
        let level = difference == 0 ? 0 : min((63 - difference.leadingZeroBitCount) / Self.digitBits, Self.levels - 1)
        let slot = digit(nodes[index].deadline, level)
        let list = level * Self.slotsPerLevel + slot
        let tail = lists[list].tail
        nodes[index].slot = Int16(list)
        nodes[index].previous = tail
        nodes[index].next = -1
        nodes[index].place = .wheel
        if tail >= 0 {
            nodes[Int(tail)].next = Int32(index)
        } else {
            lists[list].head = Int32(index)
            occupied[level] |= 1 << UInt64(slot)
        }
        lists[list].tail = Int32(index)
    }

    private mutating func unlink(_ index: Int) {
        let list = Int(nodes[index].slot)
        let (previous, next) = (nodes[index].previous, nodes[index].next)
        if previous >= 0 { nodes[Int(previous)].next = next } else { lists[list].head = next }
        if next >= 0 { nodes[Int(next)].previous = previous } else { lists[list].tail = previous }
        if lists[list].head < 0 { clear(list) }
    }

    private func clear(_ list: Int) {
        occupied[list / Self.slotsPerLevel] &= ~(1 << UInt64(list % Self.slotsPerLevel))
    }

    // MARK: nodes

    private func find(_ id: TimerID) -> Int? {
        let index = Int(id.raw & 0xFFFF_FFFF)
        guard index < used, nodes[index].generation == UInt32(id.raw >> 32), nodes[index].place != .free else {
            return nil
        }
        return index
    }

    private mutating func allocate() -> Int {
        if free >= 0 {
            let index = Int(free)
            free = nodes[index].next
            return index
        }
        if used == capacity { grow() }
        used += 1
        return used - 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Node>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: nodes, count: capacity)
        (larger + capacity).initialize(repeating: Node(), count: capacity)
        nodes.deallocate()
        nodes = larger
        capacity *= 2
    }

    private mutating func release(_ index: Int) {
        nodes[index].generation &+= 1
        nodes[index].place = .free
        nodes[index].next = free
        free = Int32(index)
        count -= 1
    }
}
