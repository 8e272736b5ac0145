/// What names a transaction and a loop, computed from ranges of the message without a `String`.
extension SIPMessage {
    /// The key of the server transaction a request belongs to (RFC 3261 §17.2.3): branch, sent-by and method, with ACK
    /// (and, where asked for, CANCEL) counting as INVITE. A branch without the magic cookie comes from an element of
    /// RFC 2543; then Request-URI, From tag, Call-ID, CSeq number and the whole top Via count.
    ///
    /// Nil where the message lacks what the key is made of.
    public func serverTransactionKey(seed: (UInt64, UInt64), asInvite: Bool = false) -> TransactionKey? {
        var hash = KeyHash(seed: seed)
        guard has(.via), addMethod(to: &hash, asInvite: asInvite) else { return nil }
        if let branch = topViaBranch, let sentBy = topViaSentBy, Branch.hasCookie(bytes, branch) {
            hash.add(bytes, branch)
            hash.add(bytes, sentBy, foldingCase: true)
            return hash.finish()
        }
        guard let uri = requestURIRange, let callID = callIDRange, let number = cseqNumber,
            let via = bytes(.via)
        else { return nil }
        hash.add(bytes, uri)
        hash.add(bytes, fromTag ?? 0..<0)
        hash.add(bytes, callID)
        hash.add(UInt64(number))
        hash.add(bytes, via)
        return hash.finish()
    }

    private func addMethod(to hash: inout KeyHash, asInvite: Bool) -> Bool {
        guard let name = methodRange else { return false }
        // ACK and INVITE share a key; both begin unlike any other method.
        let isInvite = asInvite || equals(name, "INVITE".utf8) || equals(name, "ACK".utf8)
        if isInvite { hash.add(0x494E_5649_5445) } else { hash.add(bytes, name) }
        return true
    }

    /// A number equal for two visits of a request only if it would be routed the same both times (RFC 3261 §16.6
    /// step 8, as corrected by RFC 5393 §4.2.1): Request-URI, Routes, tags, Call-ID, CSeq number and credentials.
    public func loopMark(seed: (UInt64, UInt64)) -> UInt64 {
        var hash = KeyHash(seed: seed)
        hash.add(bytes, requestURIRange ?? 0..<0)
        hash.add(bytes, callIDRange ?? 0..<0)
        hash.add(bytes, fromTag ?? 0..<0)
        hash.add(bytes, toTag ?? 0..<0)
        hash.add(UInt64(cseqNumber ?? 0))
        for slot in slots {
            switch slot.id {
            case .route, .proxyRequire, .proxyAuthorization, .authorization: hash.add(bytes, slot.value)
            default: break
            }
        }
        return hash.finish().low
    }

    /// Whether this element has forwarded the same request before, with nothing changed since that decides its route
    /// (RFC 3261 §16.3 item 4). Marks are keyed with the element's secret, so only its own branches can bear this one.
    public func hasLooped(mark: UInt64) -> Bool {
        for slot in slots where slot.id == .via {
            var from: Int? = slot.value.lowerBound
            while let at = from {
                let (element, next) = ListSplitter.element(bytes, from: at, end: slot.value.upperBound)
                from = next
                guard let range = parameter("branch", after: element.lowerBound, end: element.upperBound),
                    let branch = Branch(bytes, range)
                else { continue }
                if branch.loopMark == mark { return true }
            }
        }
        return false
    }

    /// Whether there is exactly one Via value: a response with more that answers a request of our own went astray
    /// (RFC 3261 §8.1.3.3).
    public var hasSingleVia: Bool {
        var seen = 0
        for slot in slots where slot.id == .via {
            var from: Int? = slot.value.lowerBound
            while let at = from {
                seen += 1
                if seen > 1 { return false }
                from = ListSplitter.element(bytes, from: at, end: slot.value.upperBound).next
            }
        }
        return seen == 1
    }

    /// Whether the top Via carries this parameter, with or without a value.
    public func topViaHas(_ name: StaticString) -> Bool { topViaParameter(name) != nil }

    /// Where the name of this parameter stands in the top Via.
    func topViaParameter(_ name: StaticString) -> Range<Int>? {
        line(.via).flatMap { parameterName(name, after: $0.lowerBound, end: $0.upperBound) }
    }
}
