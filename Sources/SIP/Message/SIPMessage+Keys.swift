/// What transaction and dialog matching need, as ranges of `bytes`: no String, no allocation (RFC 3261 §17.1.3,
/// §17.2.3, §12.2.2).
extension SIPMessage {
    /// The topmost Via's branch.
    public var topViaBranch: Range<Int>? {
        line(.via).flatMap { parameter("branch", after: $0.lowerBound, end: $0.upperBound) }
    }

    /// The topmost Via's sent-by, `host` or `host:port`, space inside included.
    public var topViaSentBy: Range<Int>? {
        guard let value = line(.via) else { return nil }
        var cursor = Cursor(bytes, value)
        for _ in 0..<2 {
            _ = cursor.run(.token)
            guard cursor.takeSpaced(UInt8(ascii: "/")) else { return nil }
        }
        _ = cursor.run(.token)
        cursor.skipSpace()
        var end = cursor.at
        while end < value.upperBound, bytes[end] != UInt8(ascii: ";"), bytes[end] != UInt8(ascii: ",") { end += 1 }
        while end > cursor.at, isSpace(bytes[end - 1]) { end -= 1 }
        return cursor.at < end ? cursor.at..<end : nil
    }

    /// The Call-ID.
    public var callIDRange: Range<Int>? { line(.callID) }

    /// The From tag.
    public var fromTag: Range<Int>? { line(.from).flatMap(tag) }

    /// The To tag.
    public var toTag: Range<Int>? { line(.to).flatMap(tag) }

    /// The CSeq number; nil if absent or none of 32 bits.
    public var cseqNumber: UInt32? {
        guard let value = line(.cseq) else { return nil }
        var cursor = Cursor(bytes, value)
        return cursor.decimal(atMost: UInt64(UInt32.max) + 1).flatMap { UInt32(exactly: $0) }
    }

    /// The CSeq method.
    public var cseqMethod: Range<Int>? {
        guard let value = line(.cseq) else { return nil }
        var cursor = Cursor(bytes, value)
        guard cursor.decimal(atMost: UInt64.max) != nil else { return nil }
        let space = cursor.at
        cursor.skipSpace()
        let name = cursor.run(.token)
        return name.isEmpty || name.lowerBound == space ? nil : name
    }

    /// The Request-URI; nil in a response.
    public var requestURIRange: Range<Int>? { start.isRequest ? start.text : nil }

    /// The method's name in a request's start line; nil in a response.
    public var methodRange: Range<Int>? { start.isRequest ? 0..<Int(start.methodEnd) : nil }

    /// Whether the bytes of a range equal these.
    @inlinable public func equals(_ range: Range<Int>, _ other: some Collection<UInt8>) -> Bool {
        var at = range.lowerBound
        for byte in other {
            guard at < range.upperBound, bytes[at] == byte else { return false }
            at += 1
        }
        return at == range.upperBound
    }

    /// The value of a `;name=value` parameter in a range that begins at a value; quotes included, nil if absent or
    /// empty. Quoted parts are passed over; a comma outside quotes ends the search (the next value begins there).
    public func parameter(_ name: StaticString, after from: Int, end: Int) -> Range<Int>? {
        firstParameter(from, end) { valueOf(name, $0, end) }
    }

    /// Where the name of a parameter stands, whether it has a value or not.
    func parameterName(_ name: StaticString, after from: Int, end: Int) -> Range<Int>? {
        firstParameter(from, end) { at in
            var cursor = Cursor(bytes, at..<end)
            cursor.skipSpace()
            let token = cursor.run(.token)
            return cursor.equalsFolded(token, name) ? token : nil
        }
    }

    /// What `read` finds behind the first semicolon where it finds something.
    @inline(__always)
    private func firstParameter(_ from: Int, _ end: Int, _ read: (Int) -> Range<Int>?) -> Range<Int>? {
        var at = from
        var isQuoted = false
        while at < end {
            let byte = bytes[at]
            if isQuoted {
                if byte == UInt8(ascii: "\\") { at += 1 } else if byte == UInt8(ascii: "\"") { isQuoted = false }
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: ",") {
                return nil
            } else if byte == UInt8(ascii: ";"), let found = read(at + 1) {
                return found
            }
            at += 1
        }
        return nil
    }

    /// The value if the parameter that begins at `from` has this name.
    private func valueOf(_ name: StaticString, _ from: Int, _ end: Int) -> Range<Int>? {
        var at = from
        while at < end, isSpace(bytes[at]) { at += 1 }
        let matches = name.withUTF8Buffer { wanted in
            at + wanted.count < end && wanted.indices.allSatisfy { folded(bytes[at + $0]) == wanted[$0] }
        }
        guard matches else { return nil }
        var cursor = Cursor(bytes, (at + name.utf8CodeUnitCount)..<end)
        guard cursor.takeSpaced(UInt8(ascii: "=")) else { return nil }
        let value = cursor.quotedString() ?? cursor.run(.parameterValue)
        return value.isEmpty ? nil : value
    }

    /// The tag of a From or To value: behind the closing bracket, or behind the first `;` of an address without
    /// brackets.
    private func tag(_ value: Range<Int>) -> Range<Int>? {
        var at = value.lowerBound
        var isQuoted = false
        var behind = value.lowerBound
        while at < value.upperBound {
            switch bytes[at] {
            case UInt8(ascii: "\\") where isQuoted: at += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ">") where !isQuoted: behind = at
            default: break
            }
            at += 1
        }
        return parameter("tag", after: behind, end: value.upperBound)
    }
}
