/// One change of a `SIPEdit`: bytes of the message that are left out and bytes of the edit's buffer that come instead.
struct SIPEditChange: Sendable {
    enum Kind: UInt8, Sendable {
        /// Part of the start line.
        case startLine
        /// A new header line; leaves nothing out.
        case line
        /// A header line left out, perhaps with one in its place.
        case cut
        /// The first values of a header line left out, perhaps with one in their place.
        case value
    }

    /// Place in the message: what is left out.
    var from: Int
    var to: Int
    /// Place in the edit's buffer: what comes instead.
    var text: Range<Int>
    var id: HeaderID
    var kind: Kind

    init(_ range: Range<Int>, _ text: Range<Int>, _ id: HeaderID, _ kind: Kind) {
        from = range.lowerBound
        to = range.upperBound
        self.text = text
        self.id = id
        self.kind = kind
    }
}
