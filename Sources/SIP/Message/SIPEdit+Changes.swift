/// How the operations of `SIPEdit` become changes. All are linear in header lines plus changes, both small.
extension SIPEdit {
    /// Copies text into the edit's buffer, line ends made harmless.
    mutating func store(_ text: some Collection<UInt8>) -> Range<Int> {
        let start = added.count
        if added.isEmpty { added.reserveCapacity(512) }
        added.append(contentsOf: text)
        for at in start..<added.count where added[at] == 0x0D || added[at] == 0x0A { added[at] = 0x20 }
        return start..<added.count
    }

    /// `name: value CRLF` in the edit's buffer.
    private mutating func storeLine(_ name: String, _ value: some Collection<UInt8>) -> Range<Int> {
        let start = store(name.utf8).lowerBound
        added.append(0x3A)
        added.append(0x20)
        _ = store(value)
        added.append(0x0D)
        added.append(0x0A)
        return start..<added.count
    }

    mutating func insertFirst(_ id: HeaderID, _ value: some Collection<UInt8>) {
        guard id != .other else { return }
        let text = storeLine(id.name, value)
        let place = firstPlace(id)
        // Above everything this edit has put at the same place for the same header.
        let isNew = message.firstSlot(id) == nil
        let own = changes.firstIndex { $0.id == id && $0.kind == .line && (isNew || $0.from <= place) }
        let at = own ?? changes.firstIndex { $0.from >= place && $0.kind != .startLine } ?? changes.count
        changes.insert(SIPEditChange(range(at: own.map { changes[$0].from } ?? place), text, id, .line), at: at)
    }

    mutating func insertLast(_ id: HeaderID, _ name: String, _ value: some Collection<UInt8>) {
        guard !name.isEmpty else { return }
        let text = storeLine(name, value)
        let place = lastPlace(id)
        let at = changes.firstIndex { $0.from > place } ?? changes.count
        changes.insert(SIPEditChange(range(at: place), text, id, .line), at: at)
    }

    mutating func setOnly(_ id: HeaderID, _ value: some Collection<UInt8>) {
        guard id != .other else { return }
        guard let first = message.firstSlot(id) else {
            changes.removeAll { $0.id == id }
            return insertLast(id, id.name, value)
        }
        removeAll(id)
        // The line keeps the spelling of its name.
        let slot = message.slots[first]
        let text = store(value)
        changes.removeAll { $0.id == id && $0.from == Int(slot.start) }
        insertSorted(SIPEditChange(slot.value, text, id, .value))
    }

    /// Leaves a header line out.
    mutating func cut(_ range: Range<Int>, _ id: HeaderID) {
        insertSorted(SIPEditChange(range, 0..<0, id, .cut))
    }

    /// Removes (`nil`) or replaces the value that would be the first of its header in the output.
    mutating func changeFirstValue(_ id: HeaderID, _ value: [UInt8]?) {
        guard id != .other else { return }
        let slot = message.slots.indices.first { message.slots[$0].id == id && !isCut($0) }
        let inserted = changes.firstIndex { $0.id == id && $0.kind == .line }
        if let inserted, slot.map({ changes[inserted].from <= Int(message.slots[$0].start) }) ?? true {
            if let value { changes[inserted].text = storeLine(id.name, value) } else { changes.remove(at: inserted) }
        } else if let slot {
            changeFirstElement(of: slot, id, value)
        } else if let value {
            insertLast(id, id.name, value)
        }
    }

    /// The first element of a received line that earlier changes have left.
    private mutating func changeFirstElement(of index: Int, _ id: HeaderID, _ value: [UInt8]?) {
        let slot = message.slots[index]
        let isList = HeaderTable[id].repetition == .list
        let earlier = changes.firstIndex { $0.kind == .value && $0.from == Int(slot.valueStart) && $0.id == id }
        // A replacement made earlier is itself the first value now.
        if let earlier, !changes[earlier].text.isEmpty {
            if let value {
                changes[earlier].text = store(value)
            } else {
                dropThrough(changes[earlier].to, of: index, id, replacing: earlier)
            }
            return
        }
        let from = earlier.map { changes[$0].to } ?? Int(slot.valueStart)
        let end = Int(slot.valueEnd)
        let stop = isList ? ListSplitter.element(message.bytes, from: from, end: end).element.upperBound : end
        if let value {
            let change = SIPEditChange(Int(slot.valueStart)..<stop, store(value), id, .value)
            if let earlier { changes[earlier] = change } else { insertSorted(change) }
        } else {
            dropThrough(stop, of: index, id, replacing: earlier)
        }
    }

    /// Leaves out a line's values up to `end`, and the comma behind; the whole line if nothing is left.
    private mutating func dropThrough(_ end: Int, of index: Int, _ id: HeaderID, replacing earlier: Int?) {
        let slot = message.slots[index]
        if let earlier { changes.remove(at: earlier) }
        var next = end
        while next < Int(slot.valueEnd), isSpace(message.bytes[next]) || message.bytes[next] == UInt8(ascii: ",") {
            next += 1
        }
        if next >= Int(slot.valueEnd) {
            cut(lineRange(index), id)
        } else {
            insertSorted(SIPEditChange(Int(slot.valueStart)..<next, 0..<0, id, .value))
        }
    }

    /// Where a line goes that shall be the first of its kind.
    private func firstPlace(_ id: HeaderID) -> Int {
        if let first = message.firstSlot(id) { return Int(message.slots[first].start) }
        let firstLine = message.slots.first.map { Int($0.start) } ?? message.headersEnd
        guard id != .via, let via = message.firstSlot(.via) else { return firstLine }
        var last = via
        while last + 1 < message.slots.count, message.slots[last + 1].id == .via { last += 1 }
        return message.lineEnd(last)
    }

    /// Where a line goes that shall be the last of its kind.
    private func lastPlace(_ id: HeaderID) -> Int {
        if id != .other, let last = message.slots.lastIndex(where: { $0.id == id }) { return message.lineEnd(last) }
        if let inserted = changes.last(where: { $0.id == id && $0.kind == .line }), id != .other {
            return inserted.from
        }
        return message.firstSlot(.contentLength).map { Int(message.slots[$0].start) } ?? message.headersEnd
    }

    func lineRange(_ index: Int) -> Range<Int> { Int(message.slots[index].start)..<message.lineEnd(index) }

    func isCut(_ index: Int) -> Bool {
        let start = Int(message.slots[index].start)
        return changes.contains { $0.kind == .cut && $0.from == start }
    }

    private mutating func insertSorted(_ change: SIPEditChange) {
        if changes.isEmpty { changes.reserveCapacity(8) }
        let at = changes.firstIndex { $0.from > change.from } ?? changes.count
        changes.insert(change, at: at)
    }

    private func range(at place: Int) -> Range<Int> { place..<place }
}
