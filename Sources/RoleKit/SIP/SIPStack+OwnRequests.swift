public import SIP

/// Requests that go no further than this element.
extension SIPStack {
    /// Whether a URI's host, and its port where it has one, are those of a listener, or its host one of `names`: the
    /// domains this element is responsible for (RFC 3261 §16.4, §16.5).
    public func isOwn(_ uri: SIPURI, names: [String] = []) -> Bool {
        let isName = names.contains { (try? SIPHost(parsing: $0))?.isEquivalent(to: uri.hostPart) == true }
        if isName { return true }
        return listeners.contains { listener in
            [listener.advertised, listener.address.description].contains { text in
                guard let own = try? SIPURI(parsing: "sip:" + text) else { return false }
                return own.hostPart.isEquivalent(to: uri.hostPart) && (uri.port == nil || uri.port == own.port)
            }
        }
    }

    /// Answers OPTIONS (RFC 3261 §11): 200 only where the Request-URI names this element itself, so without a user part.
    /// What is asked of somebody else is not ours to say, and is refused like every other method this element does not
    /// carry there (§21.4.6).
    ///
    /// - Parameters:
    ///   - names: domains this element is responsible for, besides its listeners.
    ///   - options: extensions it has, for Supported and against Require.
    ///   - allowed: methods it takes from others.
    ///   - isProxy: §11.2: a proxy, which is open to any method, leaves Allow out.
    public func answerOptions(
        _ request: IncomingRequest, names: [String], options: [String], allowed: String, isProxy: Bool
    ) {
        let message = request.message
        guard let uri = (try? message.requestURI())?.sip, uri.user == nil, isOwn(uri, names: names) else {
            return respond(request, 405) { $0.add(.allow, allowed) }
        }
        let unknown = message.unsupported(in: .require, supporting: options)
        guard unknown.isEmpty else {
            return respond(request, 420) { $0.add(.unsupported, unknown.joined(separator: ", ")) }
        }
        respond(request, 200) { answer in
            if !isProxy { answer.add(.allow, allowed + ", OPTIONS") }
            answer.add(.acceptEncoding, "identity")
            answer.add(.acceptLanguage, "en")
            answer.add(.supported, options.joined(separator: ", "))
        }
    }

    /// Lets go of a request without a word, not even the 100 of RFC 4320 §4.1: nothing goes to what may be a forged
    /// source. Its transaction ends at once; when it comes again it is new.
    public func ignore(_ request: IncomingRequest) {
        step(server: request.transaction.raw, .abandon)
    }
}
