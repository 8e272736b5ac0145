/// The network a UE is in, by P-Visited-Network-ID: a token or a quoted string, RFC 7315 §5.3.
public enum VisitedNetwork {
    /// The identifier of one header value, without quotes, escapes and parameters; nil if nothing is left.
    public static func identifier(_ value: String) -> String? {
        var name: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        for byte in value.utf8 {
            if isEscaped {
                name.append(byte)
                isEscaped = false
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte == UInt8(ascii: ";") || ASCII.isSpace(byte) {
                break
            } else {
                name.append(byte)
            }
        }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }
}
