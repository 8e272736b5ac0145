/// What the scan found in the start line: ranges, no text.
struct StartLine: Sendable {
    /// 0 for a request (and for a status line whose code is none).
    var status: UInt16 = 0
    /// `SIPMethod.code` of a request's method.
    var method: UInt8 = 0
    var isRequest = true
    /// The method's bytes (request).
    var methodEnd: UInt32 = 0
    /// Request-URI, or reason phrase.
    var textStart: UInt32 = 0
    var textEnd: UInt32 = 0

    var text: Range<Int> { Int(textStart)..<Int(textEnd) }
}

extension StartLine {
    /// Reads Request-Line or Status-Line (RFC 3261 §7.1, §7.2). With a fault the ranges are as good as could be found,
    /// so that a request can still be answered.
    static func read(_ line: UnsafeBufferPointer<UInt8>, at offset: Int, _ limits: SIPLimits) -> (
        StartLine, SIPParseError?
    ) {
        if line.count >= 4, line[0] | 0x20 == 0x73, line[1] | 0x20 == 0x69, line[2] | 0x20 == 0x70, line[3] == 0x2F {
            return readStatusLine(line, at: offset)
        }
        return readRequestLine(line, at: offset, limits)
    }

    /// Request-Line = Method SP Request-URI SP SIP-Version: single spaces, nothing before or after.
    private static func readRequestLine(
        _ line: UnsafeBufferPointer<UInt8>, at offset: Int, _ limits: SIPLimits
    ) -> (StartLine, SIPParseError?) {
        var made = StartLine()
        guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), first < last else {
            return (made, SIPParseError(.startLine, "no request line"))
        }
        let method = UnsafeBufferPointer(rebasing: line[..<first])
        made.methodEnd = UInt32(offset + first)
        made.textStart = UInt32(offset + first + 1)
        made.textEnd = UInt32(offset + last)
        guard first > 0, first <= limits.methodBytes, method.allSatisfy(ByteSet.token.contains) else {
            return (made, SIPParseError(.startLine, "method is no token"))
        }
        made.method = SIPMethod.code(method)
        let version = UnsafeBufferPointer(rebasing: line[(last + 1)...])
        if let fault = versionFault(version) { return (made, fault) }
        guard last - first - 1 <= limits.requestURIBytes else {
            return (made, SIPParseError(.requestURITooLong, "Request-URI longer than \(limits.requestURIBytes) bytes"))
        }
        guard last > first + 1, !line[(first + 1)..<last].contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            return (made, SIPParseError(.requestURI, "space in the request line"))
        }
        return (made, nil)
    }

    /// Status-Line = SIP-Version SP Status-Code SP Reason-Phrase. Deviation: the second SP may be missing when the
    /// reason is empty.
    private static func readStatusLine(_ line: UnsafeBufferPointer<UInt8>, at offset: Int) -> (
        StartLine, SIPParseError?
    ) {
        var made = StartLine()
        made.isRequest = false
        let space = line.firstIndex(of: 0x20) ?? line.count
        if let fault = versionFault(UnsafeBufferPointer(rebasing: line[..<space])) { return (made, fault) }
        guard line.count >= space + 4, line.count == space + 4 || line[space + 4] == 0x20 else {
            return (made, SIPParseError(.statusCode, "status code is not three digits"))
        }
        var status: UInt16 = 0
        for byte in line[(space + 1)..<(space + 4)] {
            guard byte >= 0x30, byte <= 0x39 else {
                return (made, SIPParseError(.statusCode, "status code is not three digits"))
            }
            status = status * 10 + UInt16(byte - 0x30)
        }
        guard (100...699).contains(status) else {
            return (made, SIPParseError(.statusCode, "status code outside 100–699"))
        }
        made.status = status
        made.textStart = UInt32(offset + min(space + 5, line.count))
        made.textEnd = UInt32(offset + line.count)
        return (made, nil)
    }

    /// nil for SIP/2.0 in any case (RFC 3261 §7.1), 505 for another SIP version, else no start line at all.
    private static func versionFault(_ version: UnsafeBufferPointer<UInt8>) -> SIPParseError? {
        guard version.count >= 5, version[0] | 0x20 == 0x73, version[1] | 0x20 == 0x69, version[2] | 0x20 == 0x70,
            version[3] == 0x2F
        else { return SIPParseError(.requestURI, "request line does not end in a SIP version") }
        if version.count == 7, version[4] == 0x32, version[5] == 0x2E, version[6] == 0x30 { return nil }
        let digits = version[4...].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isVersion = digits.count == 2 && digits.allSatisfy { !$0.isEmpty && $0.allSatisfy(ByteSet.digit.contains) }
        return isVersion
            ? SIPParseError(.version, "not SIP/2.0")
            : SIPParseError(.requestURI, "request line does not end in a SIP version")
    }
}
