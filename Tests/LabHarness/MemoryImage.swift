package import Glibc

/// What a core dump of a process would hold: every page it may write to, read from /proc (needs to be its tracer or
/// root).
package struct MemoryImage {
    private var areas: [[UInt8]] = []

    package init(of pid: pid_t) throws {
        guard let maps = fopen("/proc/\(pid)/maps", "r") else {
            throw HarnessError("/proc/\(pid)/maps: \(String(cString: strerror(errno)))")
        }
        defer { fclose(maps) }
        let memory = open("/proc/\(pid)/mem", O_RDONLY)
        guard memory >= 0 else { throw HarnessError("/proc/\(pid)/mem: \(String(cString: strerror(errno)))") }
        defer { close(memory) }
        var line = [CChar](repeating: 0, count: 4_096)
        while fgets(&line, Int32(line.count), maps) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                .split(separator: " ")
            let ends = words.first?.split(separator: "-").compactMap { UInt(String($0), radix: 16) } ?? []
            guard ends.count == 2, words.count > 1, words[1].hasPrefix("rw") else { continue }
            var area = [UInt8](repeating: 0, count: Int(ends[1] - ends[0]))
            let count = pread(memory, &area, area.count, off_t(ends[0]))
            if count > 0 { areas.append(Array(area[..<count])) }
        }
    }

    package var octets: Int { areas.reduce(0) { $0 + $1.count } }

    /// How often these octets lie in it.
    package func count(_ wanted: [UInt8]) -> Int { areas.reduce(0) { $0 + Self.count(wanted, in: $1) } }

    private static func count(_ wanted: [UInt8], in area: [UInt8]) -> Int {
        area.withUnsafeBytes { memory in
            guard let start = memory.baseAddress, let first = wanted.first, wanted.count <= memory.count else {
                return 0
            }
            let last = memory.count - wanted.count
            var (found, at) = (0, 0)
            while at <= last, let hit = memchr(start + at, Int32(first), last - at + 1) {
                if memcmp(hit, wanted, wanted.count) == 0 { found += 1 }
                at = UnsafeRawPointer(hit) - start + 1
            }
            return found
        }
    }
}
