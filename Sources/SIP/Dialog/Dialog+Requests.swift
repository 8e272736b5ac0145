/// Requests within a dialog (RFC 3261 §12.2).
extension Dialog {
    /// What is to become of a request of the peer.
    public enum Admission: Equatable, Sendable {
        case inOrder
        /// Its CSeq lies behind the last one's: 500 (RFC 3261 §12.2.2).
        case outOfOrder
    }

    /// The next request of this end (RFC 3261 §12.2.1.1), with From, To, Call-ID, CSeq, Max-Forwards and Route.
    public mutating func request(_ method: SIPMethod) -> Request {
        localSequence += 1
        return make(method, sequence: localSequence)
    }

    /// The ACK for a 2xx; its number is the INVITE's (RFC 3261 §13.2.2.4).
    public func acknowledgement(of sequence: UInt32) -> Request { make(.ack, sequence: sequence) }

    /// Takes note of a request of the peer: order of CSeq, and a new remote target where the method brings one
    /// (RFC 3261 §12.2.2, RFC 3311 §5.2, RFC 6665 §4.4.1). ACK and CANCEL bear the number of another request and count
    /// for nothing.
    public mutating func admit(_ request: SIPMessage) -> Admission {
        let method = request.method
        if method == .ack || method == .cancel { return .inOrder }
        guard let number = request.cseqNumber else { return .outOfOrder }
        if let last = remoteSequence, number < last { return .outOfOrder }
        remoteSequence = number
        if Self.refreshesTarget(method), let target = Self.contact(of: request) { remoteTarget = target }
        return .inOrder
    }

    /// A 2xx to a request of this end that may bring a new target (RFC 3261 §12.2.1.2).
    public mutating func accept(_ response: SIPMessage) {
        guard Self.refreshesTarget(response.method), (200..<300).contains(response.status),
            let target = Self.contact(of: response)
        else { return }
        remoteTarget = target
    }

    private static func refreshesTarget(_ method: SIPMethod) -> Bool {
        switch method {
        case .invite, .update, .subscribe, .notify, .refer: true
        default: false
        }
    }

    private func make(_ method: SIPMethod, sequence: UInt32) -> Request {
        var uri = remoteTarget
        var routes = routeSet
        var nextHop = remoteTarget
        if let first = routeSet.first, let route = try? NameAddress(parsing: first) {
            nextHop = route.uri.description
            // A strict router (RFC 2543) wants to find itself in the Request-URI and the target last in the list.
            if route.uri.sip?.isLooseRoute == false {
                uri = Self.requestURI(of: route.uri)
                routes = Array(routeSet.dropFirst()) + ["<\(remoteTarget)>"]
            }
        }
        var writer = SIPWriter.request(method, uri: uri)
        for route in routes { writer.add(.route, route) }
        writer.add(.maxForwards, "70")
        writer.add(.from, local)
        writer.add(.to, remote)
        writer.add(.callID, id.callID)
        writer.add(.cseq, "\(sequence) \(method.name)")
        return Request(method: method, writer: writer, nextHop: nextHop)
    }

    /// A strict router's URI without what may not stand in a Request-URI (RFC 3261 §19.1.1, Table 1).
    private static func requestURI(of uri: AnyURI) -> String {
        guard var sip = uri.sip else { return uri.description }
        sip.headers = nil
        sip.params["method"] = nil
        return sip.description
    }
}
