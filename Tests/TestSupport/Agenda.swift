/// What is to happen and when, ordered by time and then by the order of planning: the one queue of a virtual world.
struct Agenda {
    struct Entry {
        var time: UInt64
        var order: UInt64
        var action: () -> Void
    }

    private var heap: [Entry] = []
    private var planned: UInt64 = 0

    var nextTime: UInt64? { heap.first?.time }
    var count: Int { heap.count }

    mutating func plan(at time: UInt64, _ action: @escaping () -> Void) {
        planned += 1
        heap.append(Entry(time: time, order: planned, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !comesFirst(child, parent) { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func takeNext() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && comesFirst(child, least) {
                least = child
            }
            if least == parent { return first }
            heap.swapAt(least, parent)
            parent = least
        }
    }

    private func comesFirst(_ a: Int, _ b: Int) -> Bool {
        (heap[a].time, heap[a].order) < (heap[b].time, heap[b].order)
    }
}
