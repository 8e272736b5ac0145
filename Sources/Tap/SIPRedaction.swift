import Glibc

/// Takes keys and digest responses out of a SIP message: CK and IK of a challenge between S-CSCF and P-CSCF
/// (TS 24.229 §5.4.1.2.1A) and what a password or RES was hashed into (RFC 7616 §3.4, §3.5).
///
/// Masked bytes become `x`, so lengths and everything else stay. A message without such fields is returned as it is.
public enum SIPRedaction {
    /// Header fields that can hold a secret, in lower case.
    private static let fields: [StaticString] = [
        "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "authentication-info",
        "proxy-authentication-info",
    ]
    /// Their parameters that are secret.
    private static let parameters: [StaticString] = ["ck", "ik", "response", "rspauth"]

    public static func redact(_ message: [UInt8]) -> [UInt8] {
        let ranges = message.withUnsafeBufferPointer { mayHoldSecret($0) ? secrets($0) : [] }
        guard !ranges.isEmpty else { return message }
        var masked = message
        for range in ranges {
            for i in range { masked[i] = UInt8(ascii: "x") }
        }
        return masked
    }

    /// Requests, and the responses that carry a challenge or Authentication-Info: 2xx, 401, 407.
    private static func mayHoldSecret(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count > 12 else { return false }
        guard bytes[0] == UInt8(ascii: "S"), bytes[3] == UInt8(ascii: "/") else { return true }
        let hundreds = bytes[8]
        return hundreds == UInt8(ascii: "2")
            || hundreds == UInt8(ascii: "4") && bytes[9] == UInt8(ascii: "0")
    }

    private static func secrets(_ bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var inside = false
        var start = 0
        while start < bytes.count {
            let end = lineEnd(bytes, from: start)
            let head = bytes[start]
            if head == 13 || head == 10 { break }
            // A line that begins with a blank continues the field above (RFC 3261 §7.3.1).
            if head != 32 && head != 9 { inside = isField(bytes, start, end) }
            if inside { collect(bytes, start, end, into: &found) }
            start = end + 1
        }
        return found
    }

    private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = bytes.baseAddress, let hit = memchr(base + start, 10, bytes.count - start) else {
            return bytes.count
        }
        return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
    }

    private static func isField(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        switch bytes[start] | 0x20 {
        case UInt8(ascii: "a"), UInt8(ascii: "p"), UInt8(ascii: "w"): break
        default: return false
        }
        return fields.contains { name in
            guard matches(bytes, at: start, end, name) else { return false }
            var i = start + name.utf8CodeUnitCount
            while i < end, bytes[i] == 32 || bytes[i] == 9 { i += 1 }
            return i < end && bytes[i] == UInt8(ascii: ":")
        }
    }

    /// Finds `name=value` where a parameter can begin: behind a blank or a comma, outside quotes.
    private static func collect(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, into found: inout [Range<Int>]
    ) {
        var i = start
        while i < end {
            if let name = parameter(bytes, at: i, end), let value = valueRange(bytes, i + name.utf8CodeUnitCount, end) {
                found.append(value)
                i = value.upperBound
                if i < end, bytes[i] == UInt8(ascii: "\"") { i += 1 }
            }
            while i < end, !isSeparator(bytes[i]) {
                i = bytes[i] == UInt8(ascii: "\"") ? closingQuote(bytes, i + 1, end) + 1 : i + 1
            }
            while i < end, isSeparator(bytes[i]) { i += 1 }
        }
    }

    /// The secret parameter whose name stands here.
    private static func parameter(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, _ end: Int) -> StaticString? {
        switch bytes[start] | 0x20 {
        case UInt8(ascii: "c"), UInt8(ascii: "i"), UInt8(ascii: "r"): break
        default: return nil
        }
        return parameters.first { matches(bytes, at: start, end, $0) }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == UInt8(ascii: ",") }

    private static func valueRange(_ bytes: UnsafeBufferPointer<UInt8>, _ after: Int, _ end: Int) -> Range<Int>? {
        var i = after
        while i < end, bytes[i] == 32 || bytes[i] == 9 { i += 1 }
        guard i < end, bytes[i] == UInt8(ascii: "=") else { return nil }
        i += 1
        while i < end, bytes[i] == 32 || bytes[i] == 9 { i += 1 }
        guard i < end else { return nil }
        if bytes[i] == UInt8(ascii: "\"") { return (i + 1)..<closingQuote(bytes, i + 1, end) }
        let from = i
        while i < end, bytes[i] > 32, bytes[i] != UInt8(ascii: ",") { i += 1 }
        return from..<i
    }

    private static func closingQuote(_ bytes: UnsafeBufferPointer<UInt8>, _ from: Int, _ end: Int) -> Int {
        var i = from
        while i < end, let base = bytes.baseAddress, let hit = memchr(base + i, 0x22, end - i) {
            let quote = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
            guard let escape = memchr(base + i, 0x5C, quote - i) else { return quote }
            i = UnsafeRawPointer(escape) - UnsafeRawPointer(base) + 2
        }
        return end
    }

    private static func matches(
        _ bytes: UnsafeBufferPointer<UInt8>, at start: Int, _ end: Int, _ name: StaticString
    ) -> Bool {
        let count = name.utf8CodeUnitCount
        guard end - start >= count else { return false }
        let wanted = name.utf8Start
        for i in 0..<count {
            let byte = bytes[start + i]
            let folded = byte >= 65 && byte <= 90 ? byte | 0x20 : byte
            if folded != wanted[i] { return false }
        }
        return true
    }
}
