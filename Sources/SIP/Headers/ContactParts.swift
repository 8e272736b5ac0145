/// A Contact value checked by the grammar, nothing copied (RFC 3261 §20.10).
enum ContactParts {
    case star
    case address(AddressParts)

    static func read(_ cursor: Cursor) throws(SIPParseError) -> ContactParts {
        var probe = cursor
        probe.skipSpace()
        if probe.take(UInt8(ascii: "*")), probe.isFinished() { return .star }
        return .address(try AddressParts.read(cursor))
    }
}
