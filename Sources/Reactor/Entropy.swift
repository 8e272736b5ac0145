import CReactor

/// The system's random bytes, fetched some hundred at a time; what was handed out is wiped.
struct Entropy {
    private static let size = 512
    private var pool = [UInt8](repeating: 0, count: size)
    private var used = size

    mutating func next() -> UInt64 {
        var value: UInt64 = 0
        for byte in bytes(8) { value = value << 8 | UInt64(byte) }
        return value
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        if count > Self.size / 4 {
            return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                if let base = buffer.baseAddress { reactor_random(base, count) }
                filled = count
            }
        }
        if used + count > Self.size {
            pool.withUnsafeMutableBytes { buffer in
                if let base = buffer.baseAddress { reactor_random(base, buffer.count) }
            }
            used = 0
        }
        let result = Array(pool[used..<(used + count)])
        for index in used..<(used + count) { pool[index] = 0 }
        used += count
        return result
    }
}
