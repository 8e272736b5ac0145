extension SIPMessage {
    /// Takes CK and IK (TS 24.229 §7.2A.1) out of a challenge nobody will read: zeros stand there then, in every copy.
    public func eraseKeys() {
        for line in lines(.wwwAuthenticate) {
            for name in ["ck", "ik"] {
                if let value = AuthFields.range(of: name, in: bytes, line) { AuthFields.erase(value, in: bytes) }
            }
        }
    }
}

extension AuthFields {
    /// Where a field's value stands in a header line of a message, without its quotes; nil where there is no such field.
    ///
    /// For values nobody may copy: no `String` is made.
    public static func range(of name: String, in bytes: [UInt8], _ line: Range<Int>) -> Range<Int>? {
        var at = line.lowerBound
        var isQuoted = false
        var mayBegin = true
        while at < line.upperBound {
            let byte = bytes[at]
            if isQuoted {
                if byte == UInt8(ascii: "\\") { at += 1 }
                if byte == UInt8(ascii: "\"") { isQuoted = false }
            } else if mayBegin, let value = value(of: name, in: bytes, at..<line.upperBound) {
                return value
            } else {
                isQuoted = byte == UInt8(ascii: "\"")
                mayBegin = byte == UInt8(ascii: ",") || byte == 0x20 || byte == 0x09
            }
            at += 1
        }
        return nil
    }

    /// Overwrites the array's own storage, which every copy of the message shares; a mutation would copy it first and
    /// leave the secret where it was.
    public static func erase(_ range: Range<Int>, in bytes: [UInt8]) {
        bytes.withUnsafeBytes { memory in
            guard let start = memory.baseAddress else { return }
            UnsafeMutableRawPointer(mutating: start + range.lowerBound)
                .initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "0"), count: range.count)
        }
    }

    /// The value, where `rest` begins with this field.
    private static func value(of name: String, in bytes: [UInt8], _ rest: Range<Int>) -> Range<Int>? {
        guard rest.count > name.utf8.count else { return nil }
        var at = rest.lowerBound
        for letter in name.utf8 {
            guard bytes[at] | 0x20 == letter else { return nil }
            at += 1
        }
        func skipBlanks() { while at < rest.upperBound, bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 } }
        skipBlanks()
        guard at < rest.upperBound, bytes[at] == UInt8(ascii: "=") else { return nil }
        at += 1
        skipBlanks()
        let isQuoted = at < rest.upperBound && bytes[at] == UInt8(ascii: "\"")
        if isQuoted { at += 1 }
        let start = at
        while at < rest.upperBound {
            let byte = bytes[at]
            if isQuoted ? byte == UInt8(ascii: "\"") : byte == UInt8(ascii: ",") || byte == 0x20 { break }
            at += 1
        }
        return start..<at
    }
}
