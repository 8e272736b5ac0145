/// Where the parts of a URI stand: checked by the grammar of its scheme, nothing copied (RFC 3261 §25.1, RFC 3966 §3).
struct URIParts {
    enum Scheme: Sendable { case sip, sips, tel, urn, other }

    var scheme: Scheme
    var whole: Range<Int>
    var user: Range<Int>?
    var password: Range<Int>?
    /// sip and sips only.
    var host: HostParts?
    var port: Int?
    /// The number of a tel URI.
    var number = 0..<0
    /// The `;name=value` part.
    var params = 0..<0
    /// What stands behind `?`.
    var headers: Range<Int>?

    /// Reads a URI that fills the cursor's whole range.
    static func read(_ cursor: inout Cursor) throws(SIPParseError) -> URIParts {
        let whole = cursor.rest
        guard whole.count <= SIPLimits.uriBytes else {
            throw SIPParseError(.uri, "URI longer than \(SIPLimits.uriBytes) bytes")
        }
        let name = cursor.run(.scheme)
        guard !name.isEmpty, ByteSet.letter.contains(cursor.bytes[name.lowerBound]), cursor.take(UInt8(ascii: ":"))
        else {
            throw SIPParseError(.uri, "no scheme")
        }
        var parts = URIParts(scheme: scheme(cursor.bytes, name), whole: whole)
        switch parts.scheme {
        case .sip, .sips: try parts.readSIP(&cursor)
        case .tel: try parts.readTel(&cursor)
        case .urn, .other:
            guard !cursor.run(.opaqueURI).isEmpty else { throw SIPParseError(.uri, "nothing behind the scheme") }
        }
        guard cursor.isAtEnd else { throw SIPParseError(.uri, "character a URI may not hold here") }
        return parts
    }

    private static func scheme(_ bytes: [UInt8], _ name: Range<Int>) -> Scheme {
        var word: UInt32 = 0
        guard name.count <= 4 else { return .other }
        for at in name { word = word << 8 | UInt32(folded(bytes[at])) }
        return switch word {
        case 0x73_6970: .sip
        case 0x7369_7073: .sips
        case 0x74_656C: .tel
        case 0x75_726E: .urn
        default: .other
        }
    }

    private mutating func readSIP(_ cursor: inout Cursor) throws(SIPParseError) {
        // No part behind the userinfo may hold an unescaped `@`, so the first one ends it.
        if cursor.contains(UInt8(ascii: "@")) {
            let user = PercentEncoding.run(&cursor, .user)
            guard !user.isEmpty else { throw SIPParseError(.uri, "empty user part") }
            self.user = user
            if cursor.take(UInt8(ascii: ":")) { password = PercentEncoding.run(&cursor, .password) }
            guard cursor.take(UInt8(ascii: "@")) else {
                throw SIPParseError(.uri, "character a user part may not hold")
            }
        }
        host = try HostParts.read(&cursor)
        if cursor.take(UInt8(ascii: ":")) { port = try Self.readPort(&cursor) }
        params = try Parameters.skip(&cursor, .uri)
        if cursor.take(UInt8(ascii: "?")) {
            let headers = PercentEncoding.run(&cursor, .uriHeader)
            guard !headers.isEmpty else { throw SIPParseError(.uri, "`?` without headers") }
            self.headers = headers
        }
    }

    /// A port behind its colon, 1–65535.
    static func readPort(_ cursor: inout Cursor) throws(SIPParseError) -> Int {
        guard let port = cursor.decimal(atMost: 65_536), (1...65_535).contains(port) else {
            throw SIPParseError(.uri, "port outside 1–65535")
        }
        return Int(port)
    }

    /// global-number or local-number and parameters. Deviation: a local number without phone-context is accepted
    /// (phones send it).
    private mutating func readTel(_ cursor: inout Cursor) throws(SIPParseError) {
        let start = cursor.at
        let isGlobal = cursor.take(UInt8(ascii: "+"))
        let body = cursor.run(isGlobal ? .globalNumber : .localNumber)
        guard cursor.bytes[body].contains(where: { !ByteSet.visualSeparator.contains($0) }) else {
            throw SIPParseError(.uri, "tel URI without digits")
        }
        number = start..<cursor.at
        params = try Parameters.skip(&cursor, .uri)
    }
}
