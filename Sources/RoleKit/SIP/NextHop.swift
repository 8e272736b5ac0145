public import SIP

/// Next hops from URIs, by the `hosts:` table (RFC 3263 §4 without DNS).
extension HostTable {
    /// Where a request for this URI goes from `listener`; nil for a host nobody has told us, a scheme that is no SIP or
    /// a transport there is none of.
    public func target(_ uri: AnyURI, listener: Int = 0) -> SIPTarget? {
        guard let uri = uri.sip else { return nil }
        let kind: LinkKind
        switch uri.transport {
        case nil, "udp": kind = .udp
        case "tcp": kind = .tcp
        default: return nil
        }
        return address(uri.host, port: uri.port, defaultPort: SIPTransportRule.defaultPort).map {
            SIPTarget(address: $0, kind: kind, listener: listener)
        }
    }

    /// The same for a URI read in place.
    public func target(_ uri: URISpan, listener: Int = 0) -> SIPTarget? {
        var kind = LinkKind.udp
        if let transport = uri.parameter("transport"), !uri.equalsFolded(transport, "udp") {
            guard uri.equalsFolded(transport, "tcp") else { return nil }
            kind = .tcp
        }
        return address(uri, defaultPort: SIPTransportRule.defaultPort).map {
            SIPTarget(address: $0, kind: kind, listener: listener)
        }
    }

    /// The same for a value of Route, Path or Service-Route.
    public func target(route: String, listener: Int = 0) -> SIPTarget? {
        (try? NameAddress(parsing: route)).flatMap { target($0.uri, listener: listener) }
    }
}
