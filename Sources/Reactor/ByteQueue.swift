/// Bytes waiting for a stream socket, oldest first.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var head = 0

    var count: Int { bytes.count - head }
    var isEmpty: Bool { head == bytes.count }

    mutating func append(_ more: [UInt8]) {
        // What was sent is moved out of the way before the buffer would grow for its sake.
        if head > 0, bytes.count + more.count > bytes.capacity {
            bytes.removeSubrange(..<head)
            head = 0
        }
        bytes.append(contentsOf: more)
    }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    }

    mutating func consume(_ count: Int) {
        head += min(count, self.count)
        if isEmpty { removeAll() }
    }

    mutating func removeAll() {
        head = 0
        // Idle connections keep no large buffer.
        if bytes.capacity > 16_384 { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
    }
}
