/// Reading by the schema of RFC 3680 §5.4; elements and attributes of extensions are passed over.
extension RegInfo {
    public init(parsing bytes: [UInt8]) throws(XMLFault) {
        var parser = try XMLPullParser(bytes)
        parser.keepsAttributes = true
        guard case .start("reginfo") = try parser.next() else {
            throw XMLFault(.invalid, "<reginfo> expected", at: parser.offset)
        }
        guard let version = parser.attribute("version").flatMap(UInt32.init),
            let completeness = parser.attribute("state").flatMap(Completeness.init)
        else { throw XMLFault(.invalid, "version or state of <reginfo>", at: parser.offset) }
        self.init(version: version, completeness: completeness, registrations: [])
        try parser.children { (parser, name) throws(XMLFault) in
            guard name == "registration" else { return try parser.skip() }
            registrations.append(try Registration(&parser))
        }
        guard try parser.next() == .endOfDocument else {
            throw XMLFault(.malformed, "text after the root", at: parser.offset)
        }
    }
}

extension RegInfo.Registration {
    fileprivate init(_ parser: inout XMLPullParser) throws(XMLFault) {
        guard let aor = parser.attribute("aor"), let id = parser.attribute("id"),
            let state = parser.attribute("state").flatMap(State.init)
        else { throw XMLFault(.invalid, "aor, id or state of <registration>", at: parser.offset) }
        self.init(aor: aor, id: id, state: state, contacts: [])
        try parser.children { (parser, name) throws(XMLFault) in
            guard name == "contact" else { return try parser.skip() }
            contacts.append(try RegInfo.Contact(&parser))
        }
    }
}

extension RegInfo.Contact {
    /// An event of an extension counts as the plainest one of its state.
    fileprivate init(_ parser: inout XMLPullParser) throws(XMLFault) {
        guard let id = parser.attribute("id"), let state = parser.attribute("state").flatMap(State.init) else {
            throw XMLFault(.invalid, "id or state of <contact>", at: parser.offset)
        }
        let event = parser.attribute("event").flatMap(Event.init)
        self.init(id: id, state: state, event: event ?? (state == .active ? .registered : .unregistered), uri: "")
        expires = parser.attribute("expires").flatMap { Int($0) }
        retryAfter = parser.attribute("retry-after").flatMap { Int($0) }
        q = parser.attribute("q")
        callID = parser.attribute("callid")
        cseq = parser.attribute("cseq").flatMap { UInt32($0) }
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "uri": uri = try parser.text()
            case "display-name": displayName = try parser.text()
            case "unknown-param":
                let name = parser.attribute("name") ?? ""
                parameters.append(RegInfo.Parameter(name: name, value: try parser.text()))
            default: try parser.skip()
            }
        }
        guard !uri.isEmpty else { throw XMLFault(.invalid, "<contact> without <uri>", at: parser.offset) }
    }
}

extension XMLPullParser {
    /// An attribute of the element just started.
    fileprivate func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }
}
