/// Headers by id or name, as ranges and as text.
extension SIPMessage {
    /// Number of header lines.
    public var headerCount: Int { slots.count }

    /// Id, name and value (unfolded) of each header line in order, for those who show messages.
    public func header(at index: Int) -> (id: HeaderID, name: String, value: String) {
        let slot = slots[index]
        return (slot.id, string(slot.name), unfolded(slot.value))
    }

    /// Whether there is a line of this header.
    public func has(_ id: HeaderID) -> Bool { firstSlot(id) != nil }

    /// Number of lines of this header.
    public func count(_ id: HeaderID) -> Int { slots.lazy.filter { $0.id == id }.count }

    /// Where in `bytes` the value of the first line stands, folds and commas included.
    public func line(_ id: HeaderID) -> Range<Int>? { firstSlot(id).map { slots[$0].value } }

    /// The same of every line of this header.
    public func lines(_ id: HeaderID) -> [Range<Int>] { slots.filter { $0.id == id }.map(\.value) }

    /// Where in `bytes` the first value stands: of a comma-separated header its first element.
    public func bytes(_ id: HeaderID) -> Range<Int>? {
        guard let value = line(id) else { return nil }
        guard HeaderTable[id].repetition == .list else { return value }
        return ListSplitter.element(bytes, from: value.lowerBound, end: value.upperBound).element
    }

    /// The value of the first line of this header, folds replaced by one space.
    public func text(_ id: HeaderID) -> String? { line(id).map(unfolded) }

    /// All values in order, those of a comma-separated header one by one; empty elements are left out.
    public func texts(_ id: HeaderID) -> [String] {
        var texts: [String] = []
        eachRange(id) { if !$0.isEmpty { texts.append(unfolded($0)) } }
        return texts
    }

    /// The value of the first line with this name, known or unknown, long or compact.
    public func first(_ name: String) -> String? { slots(named: name).first.map { unfolded(slots[$0].value) } }

    /// The values of all lines with this name; commas are not split.
    public func all(_ name: String) -> [String] { slots(named: name).map { unfolded(slots[$0].value) } }

    /// Whether a comma-separated header of tokens holds this one (option tags, methods); case does not count.
    public func lists(_ token: String, in id: HeaderID) -> Bool {
        guard has(id) else { return false }
        return texts(id).contains { equalsFolded($0, token) }
    }

    /// Whether a line of this header holds the text anywhere, in whatever case; the text is in lower case.
    public func mentions(_ lowercase: StaticString, in id: HeaderID) -> Bool {
        let length = lowercase.utf8CodeUnitCount
        for slot in slots where slot.id == id {
            let cursor = Cursor(bytes, slot.value)
            var at = cursor.at
            while at + length <= cursor.end {
                if cursor.equalsFolded(at..<at + length, lowercase) { return true }
                at += 1
            }
        }
        return false
    }

    /// A number of seconds or hops: digits, then perhaps a comment or parameters (Retry-After). Values above 2³² − 1
    /// read as 2³² − 1 (RFC 3261 §20.19); nil if the header is absent.
    public func integer(_ id: HeaderID) throws(SIPParseError) -> Int? {
        guard let value = line(id) else { return nil }
        var cursor = Cursor(bytes, value)
        guard let number = cursor.decimal(atMost: UInt64(UInt32.max)) else {
            throw SIPParseError(.headerValue, "\(id.name) is no number")
        }
        cursor.skipSpace()
        let next = cursor.current
        guard next == nil || next == UInt8(ascii: ";") || (id == .retryAfter && next == UInt8(ascii: "(")) else {
            throw SIPParseError(.headerValue, "\(id.name) is no number")
        }
        return Int(number)
    }

    /// Where each value stands, in order; empty elements of a list included.
    func ranges(_ id: HeaderID) -> [Range<Int>] {
        var out: [Range<Int>] = []
        eachRange(id) { out.append($0) }
        return out
    }

    @inline(__always)
    func eachRange(_ id: HeaderID, _ body: (Range<Int>) -> Void) {
        let isList = HeaderTable[id].repetition == .list
        for slot in slots where slot.id == id {
            guard isList, !slot.value.isEmpty else {
                if !isList { body(slot.value) }
                continue
            }
            var next: Int? = Int(slot.valueStart)
            while let from = next {
                let (element, following) = ListSplitter.element(bytes, from: from, end: Int(slot.valueEnd))
                body(element)
                next = following
            }
        }
    }

    /// Index of the first line of this header.
    @inline(__always)
    func firstSlot(_ id: HeaderID) -> Int? {
        for index in slots.indices where slots[index].id == id { return index }
        return nil
    }

    /// One past the last byte of a header line, its CRLF included.
    func lineEnd(_ index: Int) -> Int { index + 1 < slots.count ? Int(slots[index + 1].start) : headersEnd }

    /// The text of a value with each fold (CRLF and the space around it) replaced by one space (RFC 3261 §7.3.1).
    func unfolded(_ range: Range<Int>) -> String {
        guard bytes[range].contains(0x0D) else { return string(range) }
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            if bytes[at] == 0x0D {
                while out.last == 0x20 || out.last == 0x09 { out.removeLast() }
                while at < range.upperBound, isSpace(bytes[at]) { at += 1 }
                out.append(0x20)
            } else {
                out.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private func slots(named name: String) -> [Int] {
        let wanted = HeaderID(name: name)
        return slots.indices.filter { index in
            let slot = slots[index]
            guard slot.id == wanted else { return false }
            return wanted != .other || equalsFolded(string(slot.name), name)
        }
    }
}

extension HeaderID {
    /// The header of a name, long or compact, in any case; `.other` if no row has it.
    public init(name: String) {
        let bytes = Array(name.utf8)
        self = bytes.withUnsafeBufferPointer { buffer in
            HeaderLookup.shared.entries.withUnsafeBufferPointer { table in
                guard let base = buffer.baseAddress, let entries = table.baseAddress else { return .other }
                return HeaderLookup.recognise(base, buffer.count, readable: buffer.count, entries)
            }
        }
    }
}
