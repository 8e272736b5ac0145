/// The lines of a session description where they stand (RFC 4566 §5): a view, nothing is copied.
///
/// It is for those who look for one kind of line and leave all others as they are, so it refuses nothing: a lone LF ends
/// a line (§5 asks for that), the last one needs no end, and what is no `letter=value` is a line of no type.
public struct SDPLines: Sequence, IteratorProtocol, Sendable {
    private let bytes: [UInt8]
    private var at: Int

    /// - Parameter bytes: the description; of a message its bytes from `start` on.
    public init(_ bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        at = Swift.max(0, start)
    }

    public mutating func next() -> SDPLine? {
        guard at < bytes.count else { return nil }
        let start = at
        while at < bytes.count, bytes[at] != 0x0A { at += 1 }
        let end = at > start && bytes[at - 1] == 0x0D ? at - 1 : at
        if at < bytes.count { at += 1 }
        let isTyped = end - start >= 2 && bytes[start + 1] == UInt8(ascii: "=")
        return SDPLine(type: isTyped ? bytes[start] : 0, value: (isTyped ? start + 2 : start)..<end, whole: start..<at)
    }
}

/// One line of a session description.
public struct SDPLine: Equatable, Sendable {
    /// The letter before `=`; 0 where the line has none.
    public var type: UInt8
    /// What stands behind the `=`, without the line's end.
    public var value: Range<Int>
    /// The whole line with its end.
    public var whole: Range<Int>
}

/// What becomes of a line of a description that passes.
public enum SDPChange: Equatable, Sendable {
    case keep
    case drop
    /// Another text in the place of these bytes of it.
    case replace(Range<Int>, String)
}
