/// Session descriptions of messages that are forwarded.
extension SIPMessage {
    /// Whether the body is a session description and nothing else; one inside a multipart body, or a coded one, is not
    /// looked for (RFC 3261 §7.4, §20.12).
    public var isSession: Bool {
        guard !body.isEmpty, !has(.contentEncoding), let type = try? token(.contentType) else { return false }
        return equalsFolded(type.token, "application/sdp")
    }
}

extension SIPEdit {
    /// Goes through the lines of a body that is a session description and changes those `change` says; all other bytes
    /// stay, Content-Type too, and Content-Length follows. Where nothing changes nothing is copied.
    ///
    /// False where the result would be longer than the next element has to take: the body stays then as it was.
    @discardableResult
    public mutating func changeSession(
        limits: SIPLimits = .standard, _ change: ([UInt8], SDPLine) -> SDPChange
    ) -> Bool {
        guard body == nil, message.isSession else { return true }
        var out: [UInt8] = []
        var kept = message.bodyStart
        for line in SDPLines(message.bytes, from: message.bodyStart) {
            switch change(message.bytes, line) {
            case .keep: continue
            case .drop:
                out.append(contentsOf: message.bytes[kept..<line.whole.lowerBound])
                kept = line.whole.upperBound
            case .replace(let range, let text):
                guard range.lowerBound >= kept, range.upperBound <= line.whole.upperBound else { continue }
                out.append(contentsOf: message.bytes[kept..<range.lowerBound])
                out.append(contentsOf: text.utf8)
                kept = range.upperBound
            }
        }
        guard kept > message.bodyStart else { return true }
        out.append(contentsOf: message.bytes[kept...])
        guard out.count <= limits.bodyBytes else { return false }
        body = out
        return true
    }
}
