extension SIPEdit {
    /// The edited message in one new buffer. Content-Length is always there and right: it is corrected for a new body
    /// and added where the message came without (RFC 3261 §20.14, needed when a datagram goes on over a stream).
    public func serialize() -> [UInt8] {
        var final = self
        final.settleContentLength()
        return final.output()
    }

    private mutating func settleContentLength() {
        let length = body?.count ?? message.body.count
        guard body != nil || !message.has(.contentLength) || changes.contains(where: { $0.id == .contentLength }) else {
            return
        }
        set(.contentLength, String(length))
    }

    private func output() -> [UInt8] {
        let tail = body?[...] ?? message.body
        var size = message.bodyStart + tail.count
        for change in changes { size += change.text.count - (change.to - change.from) }
        return [UInt8](unsafeUninitializedCapacity: max(size, 0)) { room, count in
            count = message.bytes.withUnsafeBufferPointer { source in
                added.withUnsafeBufferPointer { texts in copy(into: room, source, texts) }
            }
            if let body {
                body.withUnsafeBufferPointer { count += Self.put($0, 0..<$0.count, room, count) }
            } else {
                message.bytes.withUnsafeBufferPointer {
                    count += Self.put($0, message.bodyStart..<$0.count, room, count)
                }
            }
        }
    }

    /// Start line, headers and the empty line; gives how many bytes.
    private func copy(
        into room: UnsafeMutableBufferPointer<UInt8>, _ source: UnsafeBufferPointer<UInt8>,
        _ texts: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var count = 0
        var at = 0
        for change in changes {
            if change.from > at { count += Self.put(source, at..<change.from, room, count) }
            count += Self.put(texts, change.text, room, count)
            at = max(at, change.to)
        }
        return count + Self.put(source, at..<message.bodyStart, room, count)
    }

    /// Copies as much of a range as there is room for; gives how much. (The room is computed to fit.)
    private static func put(
        _ source: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ room: UnsafeMutableBufferPointer<UInt8>, _ at: Int
    ) -> Int {
        let length = min(range.count, room.count - at)
        guard length > 0, let from = source.baseAddress, let to = room.baseAddress else { return 0 }
        (to + at).update(from: from + range.lowerBound, count: length)
        return length
    }
}
