/// A table that hands out numbers: O(1) in everything, no hashing, walked in the order of its places. A number is not
/// used again until its place has been through 2³² others.
struct Slab<Element> {
    private struct Place {
        var generation: UInt32
        var held: Held?
    }

    /// Lets optional chaining change an element where it lies: taken out and put back, a record of a few hundred bytes
    /// would be copied twice for each change.
    private struct Held {
        var element: Element

        mutating func change<Result>(_ body: (inout Element) -> Result) -> Result { body(&element) }
    }

    private var places: [Place] = []
    private var free: [UInt32] = []
    private(set) var count = 0

    /// The number the next `insert` gives.
    var nextID: UInt64 {
        guard let place = free.last else { return UInt64(places.count) }
        return UInt64(places[Int(place)].generation) << 32 | UInt64(place)
    }

    mutating func insert(_ element: Element) -> UInt64 {
        let id = nextID
        if let place = free.popLast() {
            places[Int(place)].held = Held(element: element)
        } else {
            places.append(Place(generation: 0, held: Held(element: element)))
        }
        count += 1
        return id
    }

    subscript(id: UInt64) -> Element? {
        guard let place = place(id) else { return nil }
        return places[place].held?.element
    }

    func contains(_ id: UInt64) -> Bool { place(id) != nil }

    /// Changes an element where it lies; nil if there is none of this number.
    mutating func update<Result>(_ id: UInt64, _ change: (inout Element) -> Result) -> Result? {
        guard let place = place(id) else { return nil }
        return places[place].held?.change(change)
    }

    @discardableResult
    mutating func remove(_ id: UInt64) -> Element? {
        guard let place = place(id) else { return nil }
        defer {
            places[place].held = nil
            places[place].generation &+= 1
            free.append(UInt32(place))
            count -= 1
        }
        return places[place].held?.element
    }

    /// Numbers in use, by place.
    var ids: [UInt64] {
        places.indices.compactMap { index in
            places[index].held == nil ? nil : UInt64(places[index].generation) << 32 | UInt64(index)
        }
    }

    private func place(_ id: UInt64) -> Int? {
        let index = Int(truncatingIfNeeded: id & 0xFFFF_FFFF)
        guard index < places.count, places[index].generation == UInt32(truncatingIfNeeded: id >> 32),
            places[index].held != nil
        else { return nil }
        return index
    }
}
