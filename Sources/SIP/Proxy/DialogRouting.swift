/// Where a request in a dialog goes on, read in place: what RFC 3261 §16.4 and §16.6 steps 6 and 7 come to between loose
/// routers, without a `String`. `RequestRouting` does everything else.
public struct DialogRouting: Sendable {
    /// Route values on top that named this element.
    public private(set) var taken = 0
    /// Whether a Route value is left, so that it decides the next hop and not the Request-URI.
    public private(set) var hasRoute = false
    /// What decides the next hop (§16.6 step 7).
    public private(set) var next: URISpan

    /// Nil where a strict router stands before or behind us, or a URI is none of `sip` and `sips`.
    ///
    /// - Parameter isOwn: whether a URI names this element; asked for one Route value after the other until one does not.
    public init?(_ request: SIPMessage, isOwn: (URISpan) -> Bool) {
        var cursor = Cursor(request.bytes, request.requestURIRange ?? 0..<0)
        guard let parts = try? URIParts.read(&cursor), let uri = URISpan(request.bytes, parts), !uri.isLooseRoute else {
            return nil
        }
        next = uri
        var isReadable = true
        request.eachRange(.route) { value in
            guard isReadable, !hasRoute, !value.isEmpty else { return }
            guard let parts = try? AddressParts.read(Cursor(request.bytes, value)).parts,
                let route = URISpan(request.bytes, parts), route.isLooseRoute
            else {
                isReadable = false
                return
            }
            if isOwn(route) {
                taken += 1
            } else {
                hasRoute = true
                next = route
            }
        }
        guard isReadable else { return nil }
    }

    /// Takes our own values off (§16.4).
    public func apply(to edit: inout SIPEdit) {
        for _ in 0..<taken { edit.removeFirstValue(.route) }
    }
}
