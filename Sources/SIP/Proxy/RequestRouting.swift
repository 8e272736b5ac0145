/// Where a request goes on: Route preprocessing and the next hop of a proxy (RFC 3261 §16.4, §16.6 steps 6 and 7), for
/// loose and strict neighbours.
///
/// Every Route value on top that names this element is taken off at once: both halves of a double Record-Route (RFC 5658
/// §4), and the two visits of a call whose both ends are served here.
public struct RequestRouting: Sendable {
    /// The Route values that named this element, topmost first; a strict router's Request-URI of ours among them.
    public private(set) var own: [SIPURI] = []
    /// The Request-URI to go on with.
    public private(set) var requestURI: AnyURI
    /// The topmost Route left, with which the next hop is found; nil: the Request-URI decides.
    public private(set) var route: SIPURI?
    /// A strict router stood before us (§16.4): its Request-URI was ours, the true one the last Route value.
    public private(set) var cameStrict = false
    private var taken = 0

    /// - Parameter isOwn: whether a URI names this element.
    public init(_ request: SIPMessage, isOwn: (SIPURI) -> Bool) throws(SIPParseError) {
        requestURI = try request.requestURI()
        var values = request.ranges(.route).filter { !$0.isEmpty }
        if let uri = requestURI.sip, uri.isLooseRoute, let last = values.last, isOwn(uri) {
            own.append(uri)
            requestURI = try NameAddress(Cursor(request.bytes, last)).uri
            cameStrict = true
            values.removeLast()
        }
        for value in values {
            guard let uri = try NameAddress(Cursor(request.bytes, value)).uri.sip else {
                throw SIPParseError(.headerValue, "a Route that is no SIP URI")
            }
            guard isOwn(uri) else {
                route = uri
                return
            }
            own.append(uri)
            taken += 1
        }
    }

    /// What decides the next hop (§16.6 step 7).
    public var next: AnyURI { route.map(AnyURI.sip) ?? requestURI }

    /// Takes our own values off, and turns the request round for a next hop without `lr` (§16.6 step 6).
    public func apply(to edit: inout SIPEdit) {
        if cameStrict || route?.isLooseRoute == false { return rewrite(&edit) }
        for _ in 0..<taken { edit.removeFirstValue(.route) }
    }

    private func rewrite(_ edit: inout SIPEdit) {
        var values = Array(edit.message.texts(.route).dropFirst(taken))
        if cameStrict, !values.isEmpty { values.removeLast() }
        var target = requestURI
        if let route, !route.isLooseRoute {
            values = values.dropFirst() + ["<\(requestURI)>"]
            target = .sip(route)
        }
        edit.setRequestURI(target.description)
        edit.removeAll(.route)
        for value in values { edit.append(.route, value) }
    }
}
