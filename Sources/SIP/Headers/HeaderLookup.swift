/// Recognises a header name from its raw bytes: length, first eight and last eight bytes with letters folded, in one
/// open-addressed table.
///
/// No allocation and no String; both forms of every `HeaderTable` row are entries. Names longer than sixteen bytes are
/// compared in the middle too, so that every byte up to `longestName` counts. Folding touches letters only, so no other
/// byte can pass for part of a name.
struct HeaderLookup: Sendable {
    static let shared = HeaderLookup(HeaderTable.rows)
    /// Slots of the table: a power of two, at least twice the number of names so that probing stays short.
    static let slots = 512
    /// The longest name in the table; anything longer is `.other`.
    static let longestName = 32

    struct Entry: Sendable {
        var first: UInt64 = 0
        var last: UInt64 = 0
        /// Bytes 8..<24 of a name longer than sixteen.
        var middle: UInt64 = 0
        var middle2: UInt64 = 0
        var length: UInt8 = 0
        var id: HeaderID = .other
    }

    let entries: [Entry]

    init(_ rows: [HeaderRow]) {
        var table = [Entry](repeating: Entry(), count: Self.slots)
        for row in rows where row.id != .other {
            for name in [row.name, row.compact ?? ""] where !name.isEmpty {
                let bytes = Array(name.utf8)
                let entry = bytes.withUnsafeBufferPointer { buffer -> Entry in
                    guard let base = buffer.baseAddress else { return Entry() }
                    var made = Self.key(base, buffer.count, buffer.count)
                    made.id = row.id
                    return made
                }
                var slot = Self.slot(entry)
                while table[slot].length != 0 { slot = (slot + 1) & (Self.slots - 1) }
                table[slot] = entry
            }
        }
        entries = table
    }

    /// The header of this name, of which `readable` (at least `length`) bytes may be read.
    @inline(__always)
    static func recognise(
        _ name: UnsafePointer<UInt8>, _ length: Int, readable: Int, _ entries: UnsafePointer<Entry>
    ) -> HeaderID {
        guard length > 0, length <= longestName else { return .other }
        let key = Self.key(name, length, readable)
        var slot = Self.slot(key)
        while entries[slot].length != 0 {
            let entry = entries[slot]
            if entry.first == key.first, entry.last == key.last, entry.length == key.length, entry.middle == key.middle,
                entry.middle2 == key.middle2
            {
                return entry.id
            }
            slot = (slot + 1) & (slots - 1)
        }
        return .other
    }

    @inline(__always)
    private static func key(_ name: UnsafePointer<UInt8>, _ length: Int, _ readable: Int) -> Entry {
        let raw = UnsafeRawPointer(name)
        var entry = Entry()
        entry.length = UInt8(truncatingIfNeeded: length)
        if length >= 8 {
            entry.first = fold(raw.loadUnaligned(as: UInt64.self))
            entry.last = fold(raw.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self))
            if length > 16 {
                entry.middle = fold(raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                if length > 24 { entry.middle2 = fold(raw.loadUnaligned(fromByteOffset: length - 16, as: UInt64.self)) }
            }
        } else {
            entry.first = fold(readable >= 8 ? shortWord(raw, length) : shortWordNearEnd(name, length))
        }
        return entry
    }

    /// Up to seven bytes in one load, the rest masked off.
    @inline(__always)
    private static func shortWord(_ raw: UnsafeRawPointer, _ length: Int) -> UInt64 {
        raw.loadUnaligned(as: UInt64.self).littleEndian & ((1 << UInt64(length * 8)) &- 1)
    }

    /// The same byte by byte, where a load of eight would read past the message.
    private static func shortWordNearEnd(_ name: UnsafePointer<UInt8>, _ length: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<length { word |= UInt64(name[index]) << UInt64(index * 8) }
        return word
    }

    @inline(__always)
    private static func slot(_ entry: Entry) -> Int {
        let mixed =
            (entry.first &* 0x9E37_79B9_7F4A_7C15) ^ (entry.last &* 0xC2B2_AE3D_27D4_EB4F) ^ UInt64(entry.length)
        return Int(truncatingIfNeeded: (mixed &* 0xD6E8_FEB8_6659_FD93) >> 55)
    }

    /// ASCII capitals of eight bytes in lower case, all else unchanged.
    @inline(__always)
    private static func fold(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let seven = word & (0x7F &* ones)
        let atLeastA = seven &+ (UInt64(0x80 - 0x41) &* ones)
        let aboveZ = seven &+ (UInt64(0x80 - 0x5B) &* ones)
        let capitals = (atLeastA & ~aboveZ & ~word) & (0x80 &* ones)
        return word | (capitals >> 2)
    }
}
