/// A line of a session description that speaks of a precondition (RFC 3312 §4), read in place.
///
/// ```
/// a=curr:qos local none                   what is: precondition type, whose access, in which direction
/// a=des:qos mandatory local sendrecv      what is wished, with its strength
/// a=conf:qos remote sendrecv              the peer is asked to tell when it is so
/// ```
public struct PreconditionLine: Equatable, Sendable {
    public enum Kind: Sendable { case current, desired, confirm }
    /// Whose access is meant, seen by whom the description is from (§4): its own, its peer's, or both at once.
    public enum Status: Sendable { case local, remote, endToEnd }

    public var kind: Kind
    /// Precondition type `qos`; others are RFC 5027's `sec` and RFC 5898's `conn`.
    public var isQoS: Bool
    public var status: Status
    /// Where the direction stands: `none`, `send`, `recv` or `sendrecv`.
    public var direction: Range<Int>

    /// Nil for every other line, and for one that RFC 3312 §4 does not allow.
    public init?(_ bytes: [UInt8], _ line: SDPLine) {
        guard line.type == UInt8(ascii: "a") else { return nil }
        var words = Words(bytes, line.value)
        if words.starts("curr:") {
            kind = .current
        } else if words.starts("des:") {
            kind = .desired
        } else if words.starts("conf:") {
            kind = .confirm
        } else {
            return nil
        }
        isQoS = words.is("qos", words.next())
        if kind == .desired { _ = words.next() }
        let status = words.next()
        if words.is("local", status) {
            self.status = .local
        } else if words.is("remote", status) {
            self.status = .remote
        } else if words.is("e2e", status) {
            self.status = .endToEnd
        } else {
            return nil
        }
        direction = words.next()
        guard !direction.isEmpty else { return nil }
    }

    /// Whether the direction is both: no wish goes beyond it.
    public func isBoth(_ bytes: [UInt8]) -> Bool { Words(bytes, direction).is("sendrecv", direction) }

    /// The words of a line, one by one.
    private struct Words {
        private var cursor: Cursor

        init(_ bytes: [UInt8], _ range: Range<Int>) { cursor = Cursor(bytes, range) }

        /// Takes a name with its colon.
        mutating func starts(_ name: StaticString) -> Bool {
            let end = cursor.at + name.utf8CodeUnitCount
            guard end <= cursor.end, cursor.equalsFolded(cursor.at..<end, name) else { return false }
            cursor.at = end
            return true
        }

        mutating func next() -> Range<Int> {
            cursor.skipSpace()
            let start = cursor.at
            while let byte = cursor.current, !isSpace(byte) { cursor.at += 1 }
            return start..<cursor.at
        }

        func `is`(_ word: StaticString, _ range: Range<Int>) -> Bool { cursor.equalsFolded(range, word) }
    }
}

/// What a session description says of the quality of service of both accesses, over all its streams.
public struct QoSPreconditions: Equatable, Sendable {
    /// Whether it speaks of `qos` at all.
    public private(set) var arePresent = false
    /// Whether everything is reserved in the access of whom the description is from.
    public private(set) var localIsMet = true
    /// The same of the access of whom it goes to.
    public private(set) var remoteIsMet = true

    public init(_ description: ArraySlice<UInt8>) {
        let bytes = Array(description)
        for line in SDPLines(bytes) {
            guard let found = PreconditionLine(bytes, line), found.isQoS else { continue }
            arePresent = true
            guard found.kind == .current, !found.isBoth(bytes) else { continue }
            if found.status != .remote { localIsMet = false }
            if found.status != .local { remoteIsMet = false }
        }
    }
}
