/// Checks of a request that depend on what the receiving element is and can (RFC 3261 §8.2, §10.3, §16.3). nil means go
/// on.
extension SIPMessage {
    /// RFC 3261 §16.3 items 2, 3 and 5: URI scheme, Max-Forwards, Proxy-Require. Loops (item 4) need the proxy's own
    /// Via marks.
    public func refusalByProxy(supporting options: [String]) -> SIPRefusal? {
        if let refusal = refusalOfScheme() { return refusal }
        if let hops = try? integer(.maxForwards), hops == 0 { return SIPRefusal(483) }
        return refusalOfOptions(in: .proxyRequire, options)
    }

    /// RFC 3261 §8.2.2 and §8.2.3: URI scheme, Require, and the body's type and encoding.
    /// - Parameter types: media types understood, e.g. `application/sdp`; a body of another type is refused with 415.
    public func refusalByUserAgent(supporting options: [String], accepting types: [String]) -> SIPRefusal? {
        if let refusal = refusalOfScheme() { return refusal }
        // RFC 3261 §8.2.2.3: Require is ignored in ACK and CANCEL.
        if method != .ack, method != .cancel, let refusal = refusalOfOptions(in: .require, options) { return refusal }
        guard !body.isEmpty, !isOptionalBody else { return nil }
        let accepted =
            (try? token(.contentType)).map { type in types.contains { equalsFolded($0, type.token) } } ?? false
        guard accepted else {
            return SIPRefusal(415, [SIPRefusal.Header(id: .accept, value: types.joined(separator: ", "))])
        }
        guard texts(.contentEncoding).allSatisfy({ equalsFolded($0, "identity") }) else {
            return SIPRefusal(415, [SIPRefusal.Header(id: .acceptEncoding, value: "identity")])
        }
        return nil
    }

    /// RFC 3261 §10.3 step 3 and RFC 4475 §3.3.4: a registrar's address of record is a sip or sips URI. What a user
    /// agent refuses comes first.
    public func refusalByRegistrar(supporting options: [String]) -> SIPRefusal? {
        if let refusal = refusalOfScheme() ?? refusalOfOptions(in: .require, options) { return refusal }
        guard let value = line(.to), let parts = try? AddressParts.read(Cursor(bytes, value)) else {
            return SIPRefusal(400)
        }
        return parts.scheme == .sip || parts.scheme == .sips ? nil : SIPRefusal(400)
    }

    /// Option tags of Require or Proxy-Require that are not among these, for Unsupported (RFC 3261 §20.40).
    public func unsupported(in id: HeaderID, supporting options: [String]) -> [String] {
        texts(id).filter { tag in !options.contains { equalsFolded($0, tag) } }
    }

    private func refusalOfScheme() -> SIPRefusal? {
        guard isRequest else { return SIPRefusal(400) }
        var cursor = Cursor(bytes, start.text)
        guard let parts = try? URIParts.read(&cursor) else { return SIPRefusal(400) }
        return parts.scheme == .other ? SIPRefusal(416) : nil
    }

    private func refusalOfOptions(in id: HeaderID, _ options: [String]) -> SIPRefusal? {
        let tags = unsupported(in: id, supporting: options)
        return tags.isEmpty
            ? nil : SIPRefusal(420, [SIPRefusal.Header(id: .unsupported, value: tags.joined(separator: ", "))])
    }

    /// `handling=optional` in Content-Disposition (RFC 3261 §20.11).
    private var isOptionalBody: Bool {
        guard let disposition = try? token(.contentDisposition) else { return false }
        return disposition.params["handling"].map { equalsFolded($0, "optional") } ?? false
    }
}
