/// All rows we know, found by (code, vendor) in one probe or two. A new interface is a new file of rows and one more
/// term in `standard`.
public struct AVPDictionary: Sendable {
    public let rows: [AVPDefinition]
    /// The rows' formats side by side, for the decoder's walk.
    let formats: [AVPFormat]
    /// Smallest and largest value of a closed enumeration without gaps; an empty range where any number goes.
    private let bounds: [ClosedRange<Int32>?]
    private let keys: [UInt64]
    /// Open addressing over `keys`: row number + 1, 0 where free.
    private let slots: [UInt16]

    /// Base protocol, the RFCs Cx borrows from, Cx, and S6a.
    public static let standard = AVPDictionary(Base.table + Borrowed.table + Cx.table + S6a.table)

    public init(_ rows: [AVPDefinition]) {
        var size = 64
        while size < rows.count * 4 { size *= 2 }
        var slots = [UInt16](repeating: 0, count: size)
        let keys = rows.map { Self.key($0.code, $0.vendor) }
        for (i, key) in keys.enumerated() where i < Int(UInt16.max) {
            var slot = Self.slot(key, size)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = UInt16(i + 1)
        }
        self.rows = rows
        self.keys = keys
        self.slots = slots
        formats = rows.map(\.format)
        bounds = rows.map(Self.gapless)
    }

    /// The row of this code and vendor.
    public func definition(_ code: UInt32, _ vendor: Vendor) -> AVPDefinition? {
        index(code, vendor).map { rows[$0] }
    }

    func index(_ code: UInt32, _ vendor: Vendor) -> Int? {
        let key = Self.key(code, vendor)
        var slot = Self.slot(key, slots.count)
        while slots[slot] != 0 {
            let row = Int(slots[slot]) - 1
            if keys[row] == key { return row }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Whether an Enumerated row can have this value.
    func allows(_ value: Int32, _ row: Int) -> Bool {
        if let bounds = bounds[row] { return bounds.contains(value) }
        let values = rows[row].values
        return values.isEmpty || values.contains { $0.value == value }
    }

    private static func gapless(_ row: AVPDefinition) -> ClosedRange<Int32>? {
        let values = row.values.map(\.value).sorted()
        guard let first = values.first, let last = values.last, Int(last) - Int(first) == values.count - 1 else {
            return nil
        }
        return first...last
    }

    private static func key(_ code: UInt32, _ vendor: Vendor) -> UInt64 { UInt64(vendor.rawValue) << 32 | UInt64(code) }

    private static func slot(_ key: UInt64, _ size: Int) -> Int {
        Int((key &* 0x9E37_79B9_7F4A_7C15) >> 40) & (size - 1)
    }
}
