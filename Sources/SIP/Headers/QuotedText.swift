/// quoted-string of RFC 3261 §25.1: the quotes and backslashes around a text.
enum QuotedText {
    /// The text inside the quotes with `\x` read as `x`; a text without quotes as it is.
    static func unquoted(_ written: String) -> String {
        let quote = UInt8(ascii: "\"")
        guard written.utf8.count >= 2, written.utf8.first == quote, written.utf8.last == quote else { return written }
        let bytes = Array(written.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var at = 1
        while at < bytes.count - 1 {
            if bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count - 1 { at += 1 }
            out.append(bytes[at])
            at += 1
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The text in quotes; CR and LF, which no quoted-string may hold, become spaces.
    static func quoted(_ text: String) -> String {
        var out: [UInt8] = [UInt8(ascii: "\"")]
        out.reserveCapacity(text.utf8.count + 2)
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
            out.append(byte == 0x0D || byte == 0x0A ? 0x20 : byte)
        }
        out.append(UInt8(ascii: "\""))
        return String(decoding: out, as: UTF8.self)
    }
}
