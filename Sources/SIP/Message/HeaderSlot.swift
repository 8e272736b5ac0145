/// Where one header line stands in a message's bytes: the index entry. Sixteen bytes, no references.
struct HeaderSlot: Sendable {
    /// First byte of the name; the line ends where the next slot begins (or the headers end).
    var start: UInt32
    /// First byte of the value, leading space skipped.
    var valueStart: UInt32
    /// One past the value's last byte, trailing space left out.
    var valueEnd: UInt32
    var nameLength: UInt8
    var id: HeaderID
    /// Whether the value has line folds.
    var isFolded: Bool

    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    var name: Range<Int> { Int(start)..<Int(start) + Int(nameLength) }
}
