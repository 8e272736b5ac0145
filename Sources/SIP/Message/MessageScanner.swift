import Glibc

/// The one scan over a message's bytes: start line, header index, where the body begins and ends.
///
/// `memchr` finds line ends, names are recognised by `HeaderLookup`; no byte is copied. A fault is remembered, not
/// thrown, and the scan goes on where it can, so that a faulty request can still be answered from what was found.
struct MessageScanner {
    private let base: UnsafePointer<UInt8>
    private let count: Int
    private let limits: SIPLimits
    private(set) var start = StartLine()
    /// One past the last header line: where the empty line begins.
    private(set) var headersEnd = 0
    /// One past the message's last byte.
    private(set) var end = 0
    private(set) var bodyStart = 0
    private(set) var slotCount = 0
    private(set) var fault: SIPParseError?
    /// What Content-Length says, whatever else is wrong.
    private(set) var length = ContentLength.missing
    private var isOutOfRoom = false

    init(_ base: UnsafePointer<UInt8>, _ count: Int, _ limits: SIPLimits) {
        self.base = base
        self.count = count
        self.limits = limits
    }

    /// Entries that fit the stack memory Swift grants without asking the system (1 kB); messages with more lines take a
    /// second scan.
    private static let usualLines = 64

    /// Scans bytes and hands the entries found to `body`.
    static func run<Result>(
        _ base: UnsafePointer<UInt8>, _ count: Int, _ limits: SIPLimits,
        _ body: (UnsafeMutableBufferPointer<HeaderSlot>, MessageScanner) -> Result
    ) -> Result {
        let usual: Result? = withUnsafeTemporaryAllocation(of: HeaderSlot.self, capacity: usualLines) { room in
            var scanner = MessageScanner(base, count, limits)
            scanner.scan(room)
            return scanner.isOutOfRoom ? nil : body(room, scanner)
        }
        if let usual { return usual }
        return withUnsafeTemporaryAllocation(of: HeaderSlot.self, capacity: limits.headerLines) { room in
            var scanner = MessageScanner(base, count, limits)
            scanner.scan(room)
            return body(room, scanner)
        }
    }

    /// Scans; if `slots` has less room than `limits.headerLines` and that is too little, `isOutOfRoom` says so.
    private mutating func scan(_ slots: UnsafeMutableBufferPointer<HeaderSlot>) {
        guard count <= Int(Int32.max) else { return fail(.tooLarge, "message longer than the index can say") }
        guard let lineEnd = lineEnd(from: 0) else { return fail(.startLine, "no line end") }
        let (line, problem) = StartLine.read(UnsafeBufferPointer(start: base, count: lineEnd), at: 0, limits)
        start = line
        fault = problem ?? fault
        let headers = lineEnd + 2
        end = count
        bodyStart = count
        scanHeaders(from: headers, slots)
        settleBody()
    }

    private mutating func scanHeaders(from first: Int, _ slots: UnsafeMutableBufferPointer<HeaderSlot>) {
        var at = first
        headersEnd = first
        HeaderLookup.shared.entries.withUnsafeBufferPointer { table in
            guard let entries = table.baseAddress else { return }
            while at < count {
                if base[at] == 0x0D, at + 1 < count, base[at + 1] == 0x0A {
                    headersEnd = at
                    bodyStart = at + 2
                    return
                }
                guard let next = scanLine(at, slots, entries) else { return }
                at = next
                headersEnd = at
            }
            fail(.truncated, "no empty line after the headers")
        }
    }

    /// Indexes the header line at `at`; gives where the next begins, nil if the message ends inside it or a limit is
    /// reached.
    private mutating func scanLine(
        _ at: Int, _ slots: UnsafeMutableBufferPointer<HeaderSlot>, _ entries: UnsafePointer<HeaderLookup.Entry>
    ) -> Int? {
        var nameEnd = at
        while nameEnd < count, base[nameEnd] > 0x20, base[nameEnd] != 0x3A { nameEnd += 1 }
        var value = nameEnd
        while value < count, base[value] == 0x20 || base[value] == 0x09 { value += 1 }
        let hasColon = value < count && base[value] == 0x3A && nameEnd > at
        guard let (stop, folds) = valueEnd(from: hasColon ? value + 1 : at) else {
            fail(.truncated, "message ends inside its headers")
            return nil
        }
        let next = stop + 2
        guard next <= limits.headerBytes else {
            fail(.tooLarge, "headers longer than \(limits.headerBytes) bytes")
            return nil
        }
        guard hasColon, nameEnd - at <= min(limits.nameBytes, 255) else {
            fail(
                .headerLine,
                hasColon ? "header name longer than \(limits.nameBytes) bytes" : "header line without name and colon")
            return next
        }
        guard slotCount < limits.headerLines, slotCount < slots.count else {
            isOutOfRoom = slotCount < limits.headerLines
            fail(.tooLarge, "more than \(limits.headerLines) header lines")
            return nil
        }
        if folds > limits.foldsPerHeader { fail(.headerLine, "more than \(limits.foldsPerHeader) folds in a header") }
        let id = HeaderLookup.recognise(base + at, nameEnd - at, readable: count - at, entries)
        if id == .other { checkName(at..<nameEnd) }
        let trimmed = trim(value + 1, stop)
        slots[slotCount] = HeaderSlot(
            start: UInt32(truncatingIfNeeded: at), valueStart: UInt32(truncatingIfNeeded: trimmed.lowerBound),
            valueEnd: UInt32(truncatingIfNeeded: trimmed.upperBound),
            nameLength: UInt8(truncatingIfNeeded: nameEnd - at), id: id,
            isFolded: folds > 0)
        slotCount += 1
        if id == .contentLength { readContentLength(trimmed) }
        return next
    }

    /// Where the CRLF stands that ends a header value, folds passed over (RFC 3261 §7.3.1), and how many folds there
    /// were.
    @inline(__always)
    private mutating func valueEnd(from: Int) -> (Int, Int)? {
        var at = from
        var folds = 0
        while let end = lineEnd(from: at) {
            let next = end + 2
            guard next < count, base[next] == 0x20 || base[next] == 0x09 else { return (end, folds) }
            folds += 1
            at = next
        }
        return nil
    }

    /// The next CRLF; nil if there is none. A LF without CR is a fault and no line end; a CR without LF would be a line
    /// end to a careless reader behind us and is a fault too (RFC 3261 §25.1 allows it nowhere).
    @inline(__always)
    private mutating func lineEnd(from: Int) -> Int? {
        var at = from
        while at < count, let found = memchr(base + at, 0x0A, count - at) {
            let feed = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
            if feed > from, base[feed - 1] == 0x0D {
                if memchr(base + at, 0x0D, feed - 1 - at) != nil { fail(.headerLine, "CR without LF") }
                return feed - 1
            }
            fail(.headerLine, "LF without CR")
            at = feed + 1
        }
        return nil
    }

    @inline(__always)
    private func trim(_ from: Int, _ to: Int) -> Range<Int> {
        var lower = from
        var upper = to
        while lower < upper, isSpace(base[lower]) { lower += 1 }
        while upper > lower, isSpace(base[upper - 1]) { upper -= 1 }
        return lower..<upper
    }

    /// header-name = token (RFC 3261 §25.1); names with a row need no check.
    private mutating func checkName(_ name: Range<Int>) {
        for at in name where !ByteSet.token.contains(base[at]) {
            return fail(.headerLine, "header name is no token")
        }
    }

    /// Content-Length = 1*DIGIT; a second one must say the same (RFC 3261 §20.14).
    private mutating func readContentLength(_ value: Range<Int>) {
        var number = 0
        for at in value {
            guard base[at] >= 0x30, base[at] <= 0x39 else {
                length = .broken
                return fail(.contentLength, "Content-Length is no number")
            }
            number = min(number * 10 + Int(base[at] - 0x30), 1 << 40)
        }
        guard !value.isEmpty, length == .missing || length == .bytes(number) else {
            length = .broken
            return fail(.contentLength, "Content-Length empty, or given twice with different values")
        }
        length = .bytes(number)
    }

    /// RFC 3261 §18.3: bytes after the body are cut off; a body shorter than Content-Length is an error.
    private mutating func settleBody() {
        let available = count - bodyStart
        switch length {
        case .missing:
            if available > limits.bodyBytes { fail(.bodyTooLarge, "body longer than \(limits.bodyBytes) bytes") }
        case .broken: break
        case .bytes(let number) where number > limits.bodyBytes:
            fail(.bodyTooLarge, "body longer than \(limits.bodyBytes) bytes")
        case .bytes(let number) where number > available: fail(.contentLength, "Content-Length larger than the body")
        case .bytes(let number): end = bodyStart + number
        }
    }

    /// Remembers the first fault; the later ones mostly follow from it.
    private mutating func fail(_ code: SIPParseError.Code, _ detail: String) {
        if fault == nil { fault = SIPParseError(code, detail) }
    }
}
