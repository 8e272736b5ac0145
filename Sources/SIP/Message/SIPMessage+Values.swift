/// Typed values of headers, read when asked for.
extension SIPMessage {
    /// The topmost Via (RFC 3261 §18.1.2).
    public func via() throws(SIPParseError) -> Via { try Via(cursor(required: .via)) }

    /// Every Via, topmost first.
    public func vias() throws(SIPParseError) -> [Via] {
        var out: [Via] = []
        for range in try bounded(.via) { out.append(try Via(Cursor(bytes, range))) }
        return out
    }

    /// From (RFC 3261 §20.20).
    public func from() throws(SIPParseError) -> NameAddress { try NameAddress(cursor(required: .from)) }

    /// To (RFC 3261 §20.39).
    public func to() throws(SIPParseError) -> NameAddress { try NameAddress(cursor(required: .to)) }

    /// The URI of From or To as written, for those who want no more of the value.
    public func uriText(_ id: HeaderID) throws(SIPParseError) -> String {
        let cursor = try cursor(required: id)
        return cursor.text(try AddressParts.read(cursor).uri)
    }

    /// CSeq (RFC 3261 §20.16).
    public func cseq() throws(SIPParseError) -> CSeq { try CSeq(cursor(required: .cseq)) }

    /// Call-ID (RFC 3261 §20.8).
    public var callID: String? { text(.callID) }

    /// Every Contact value; empty if there is none.
    public func contacts() throws(SIPParseError) -> [ContactValue] {
        var out: [ContactValue] = []
        for range in try bounded(.contact) { out.append(try ContactValue(Cursor(bytes, range))) }
        return out
    }

    /// Every value of a header made of addresses: Route, Record-Route, Path, Service-Route, P-Asserted-Identity,
    /// P-Associated-URI …
    public func addresses(_ id: HeaderID) throws(SIPParseError) -> [NameAddress] {
        var out: [NameAddress] = []
        for range in try bounded(id) { out.append(try NameAddress(Cursor(bytes, range))) }
        return out
    }

    /// The first value of a header made of addresses, without reading the rest.
    public func address(_ id: HeaderID) throws(SIPParseError) -> NameAddress? {
        guard let range = bytes(id) else { return nil }
        return try NameAddress(Cursor(bytes, range))
    }

    /// The parameters of a header whose value is a token and parameters (Event, Subscription-State, Content-Type,
    /// Reason …) and the token itself.
    public func token(_ id: HeaderID) throws(SIPParseError) -> (token: String, params: Parameters)? {
        guard let range = bytes(id) else { return nil }
        var cursor = Cursor(bytes, range)
        let token = cursor.run(.token.union(ByteSet("/")))
        guard !token.isEmpty else { throw SIPParseError(.headerValue, "\(id.name) does not begin with a token") }
        let params = try Parameters(cursor, Parameters.skip(&cursor, .header), .header)
        guard cursor.isFinished() else { throw SIPParseError(.headerValue, "text after \(id.name)") }
        return (cursor.text(token), params)
    }

    private func cursor(required id: HeaderID) throws(SIPParseError) -> Cursor {
        guard let range = bytes(id) else { throw SIPParseError(.missingHeader, "no \(id.name)") }
        return Cursor(bytes, range)
    }

    private func bounded(_ id: HeaderID) throws(SIPParseError) -> [Range<Int>] {
        let all = ranges(id)
        guard all.count <= SIPLimits.listValues else {
            throw SIPParseError(.headerValue, "more than \(SIPLimits.listValues) values of \(id.name)")
        }
        return all
    }
}
