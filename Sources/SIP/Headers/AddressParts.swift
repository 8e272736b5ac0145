/// Where the parts of a name-addr or addr-spec stand: checked by the grammar, nothing copied (RFC 3261 §20.10, §25.1).
struct AddressParts {
    /// The display name with its quotes.
    var display: Range<Int>?
    var uri: Range<Int>
    /// The `;name=value` part behind the address.
    var params: Range<Int>
    /// The URI's own parts.
    var parts: URIParts
    var scheme: URIParts.Scheme { parts.scheme }

    /// Reads a value that fills the cursor's whole range.
    static func read(_ start: Cursor) throws(SIPParseError) -> AddressParts {
        var cursor = start
        cursor.skipSpace()
        let display = try readDisplay(&cursor)
        let uri: Range<Int>
        if cursor.take(UInt8(ascii: "<")) {
            guard let close = cursor.first(UInt8(ascii: ">")) else {
                throw SIPParseError(.headerValue, "`<` without `>`")
            }
            uri = cursor.at..<close
            cursor.at = close + 1
        } else {
            uri = try readBare(&cursor)
        }
        var inside = Cursor(cursor.bytes, uri)
        let parts = try URIParts.read(&inside)
        let params = try Parameters.skip(&cursor, .header)
        guard cursor.isFinished() else { throw SIPParseError(.headerValue, "text after an address") }
        return AddressParts(display: display, uri: uri, params: params, parts: parts)
    }

    /// display-name = *( token LWS ) / quoted-string: what stands before `<`.
    /// Deviation: bytes above 127 are accepted in an unquoted name (phones send UTF-8 there).
    private static func readDisplay(_ cursor: inout Cursor) throws(SIPParseError) -> Range<Int>? {
        if cursor.current == UInt8(ascii: "\"") {
            guard let quoted = cursor.quotedString() else {
                throw SIPParseError(.headerValue, "display name without closing quote")
            }
            cursor.skipSpace()
            guard cursor.current == UInt8(ascii: "<") else {
                throw SIPParseError(.headerValue, "no address after a display name")
            }
            return quoted
        }
        let start = cursor.at
        guard let bracket = cursor.first(UInt8(ascii: "<")) else { return nil }
        var end = start
        for at in start..<bracket where !isSpace(cursor.bytes[at]) {
            // An addr-spec whose header parameters hold a quoted `<`.
            if cursor.bytes[at] == UInt8(ascii: ":") { return nil }
            guard ByteSet.token.contains(cursor.bytes[at]) || cursor.bytes[at] >= 0x80 else {
                throw SIPParseError(.headerValue, "display name must be quoted")
            }
            end = at + 1
        }
        cursor.at = bracket
        return end > start ? start..<end : nil
    }

    /// addr-spec: without brackets a `;` begins header parameters, and `,` or `?` are not allowed (RFC 3261 §20.10).
    private static func readBare(_ cursor: inout Cursor) throws(SIPParseError) -> Range<Int> {
        let start = cursor.at
        while let byte = cursor.current, byte != UInt8(ascii: ";"), !isSpace(byte) {
            guard byte != UInt8(ascii: ","), byte != UInt8(ascii: "?") else {
                throw SIPParseError(.headerValue, "URI with comma or question mark outside `<>`")
            }
            cursor.at += 1
        }
        return start..<cursor.at
    }
}
