extension SIPMessage {
    /// Judges received bytes: a message to process, a request to refuse with a status, or silence
    /// (RFC 3261 §8.1.1, §8.2.6, §16.3 item 1, §18.1.2, §18.3; RFC 4475 and 5118 name the verdict for each of their
    /// cases).
    ///
    /// Checked are start line, lengths, and the headers everybody who handles a message must read: Via, From, To,
    /// Call-ID, CSeq, Contact, Route, Max-Forwards. Absent Max-Forwards, tags and branches are accepted for the sake of
    /// RFC 2543 (RFC 4475 §3.4.1). What depends on the element that receives it (option tags, schemes, hops left) is in
    /// `refusalByProxy(supporting:)` and its siblings. Nothing is allocated on the way to `.message`.
    public static func judge(_ bytes: [UInt8], limits: SIPLimits = .standard) -> SIPVerdict {
        guard let first = bytes.first else { return .drop("empty datagram") }
        if first == 0 || isSpace(first), bytes.allSatisfy({ isSpace($0) || $0 == 0 }) { return .drop("keep-alive") }
        let (message, fault) = SIPMessage.indexed(bytes, limits)
        if let fault { return message.refused(fault) }
        do throws(SIPParseError) {
            try message.checkHeaders(limits)
            if message.isRequest { try message.checkRequest() }
        } catch {
            return message.refused(error)
        }
        return .message(message)
    }

    /// The top Via as far as a response needs it: of a message that `judge` refuses it may be broken behind its
    /// sent-by.
    public func responseVia() -> Via? {
        guard let value = bytes(.via) else { return nil }
        let cursor = Cursor(bytes, value)
        guard let parts = ViaParts.readForResponse(cursor) else { return nil }
        return try? Via(cursor, parts)
    }

    /// Refused if it is a request other than ACK that says where the response goes, else dropped.
    private func refused(_ error: SIPParseError) -> SIPVerdict {
        guard isRequest, error.status > 0, method != .ack, responseVia() != nil else { return .drop(error.description) }
        return .refuse(self, status: error.status, reason: SIPReason.phrase(error.status))
    }

    /// Headers that may stand once and whose repetition would leave routing, matching or lifetime to chance (RFC 4475
    /// §3.3.8).
    private func checkRepetition() throws(SIPParseError) {
        var seen: UInt8 = 0
        for slot in slots {
            let bit: UInt8 =
                switch slot.id {
                case .from: 1
                case .to: 2
                case .callID: 4
                case .cseq: 8
                case .maxForwards: 16
                case .contentType: 32
                case .expires: 64
                default: 0
                }
            if seen & bit != 0 { throw SIPParseError(.repeatedHeader, "more than one \(slot.id.name)") }
            seen |= bit
        }
    }

    private func checkHeaders(_ limits: SIPLimits) throws(SIPParseError) {
        try checkRepetition()
        guard has(.via) else { throw SIPParseError(.missingHeader, "no Via") }
        var vias = 0
        try eachValue(.via) { cursor throws(SIPParseError) in
            vias += 1
            if vias > limits.viaValues { throw SIPParseError(.tooLarge, "more than \(limits.viaValues) Via values") }
            let parts = try ViaParts.read(cursor)
            // RFC 4475 §3.3.10: a proxy must not be made to send a response to a broadcast or group address, which
            // the Via below its own would be.
            if vias > 1, !isRequest, parts.host.isGroup(bytes) {
                throw SIPParseError(.headerValue, "Via of a response names a broadcast or group address")
            }
        }
        for id in [HeaderID.from, .to] {
            guard let value = line(id) else { throw SIPParseError(.missingHeader, "no \(id.name)") }
            _ = try AddressParts.read(Cursor(bytes, value))
        }
        try checkCallID(limits)
        guard has(.cseq) else { throw SIPParseError(.missingHeader, "no CSeq") }
        guard cseqNumber != nil, let method = cseqMethod, let value = line(.cseq), method.upperBound == value.upperBound
        else {
            throw SIPParseError(.headerValue, "CSeq is not a 32-bit number and a method")
        }
        try eachValue(.contact) { cursor throws(SIPParseError) in _ = try ContactParts.read(cursor) }
        try eachValue(.route) { cursor throws(SIPParseError) in _ = try AddressParts.read(cursor) }
    }

    /// callid = word [ "@" word ]. Deviation: any characters but space and controls are accepted (implementations
    /// disagree on `word`).
    private func checkCallID(_ limits: SIPLimits) throws(SIPParseError) {
        guard let value = line(.callID) else { throw SIPParseError(.missingHeader, "no Call-ID") }
        guard !value.isEmpty, value.count <= limits.callIDBytes,
            !bytes[value].contains(where: { $0 <= 0x20 || $0 == 0x7F })
        else {
            throw SIPParseError(
                .headerValue, "Call-ID empty, longer than \(limits.callIDBytes) bytes, or with space inside")
        }
    }

    private func checkRequest() throws(SIPParseError) {
        var cursor = Cursor(bytes, start.text)
        do throws(SIPParseError) {
            // RFC 3261 §19.1.1: no headers in a Request-URI; forwarding them would turn them into headers of ours.
            if try URIParts.read(&cursor).headers != nil {
                throw SIPParseError(.requestURI, "headers in the Request-URI")
            }
        } catch {
            throw SIPParseError(.requestURI, error.detail)
        }
        if let name = cseqMethod, let method = methodRange, !bytes[name].elementsEqual(bytes[method]) {
            // RFC 4475 §3.1.2.18: with a method unknown here, 501 tells the sender more than 400.
            throw SIPParseError(start.method == 0 ? .unknownMethod : .cseqMethod, "CSeq method is not the request's")
        }
        if let hops = try integer(.maxForwards), hops > 255 {
            throw SIPParseError(.headerValue, "Max-Forwards above 255")
        }
    }

    /// Calls `body` with each value of a comma-separated header; an empty value between commas is passed too (and is an
    /// error there).
    private func eachValue(_ id: HeaderID, _ body: (Cursor) throws(SIPParseError) -> Void) throws(SIPParseError) {
        var count = 0
        for slot in slots where slot.id == id {
            var next: Int? = Int(slot.valueStart)
            while let from = next {
                let (element, following) = ListSplitter.element(bytes, from: from, end: Int(slot.valueEnd))
                count += 1
                guard count <= SIPLimits.listValues else {
                    throw SIPParseError(.headerValue, "more than \(SIPLimits.listValues) values of \(id.name)")
                }
                try body(Cursor(bytes, element))
                next = following
            }
        }
    }
}
