/// Writing by the schema of RFC 3680 §5.4.
extension RegInfo {
    /// The document in UTF-8.
    public var xml: [UInt8] {
        var writer = XMLWriter()
        writer.element(
            "reginfo",
            attributes: [
                ("xmlns", "urn:ietf:params:xml:ns:reginfo"), ("version", String(version)),
                ("state", completeness.rawValue),
            ]
        ) { writer in
            for registration in registrations { registration.write(to: &writer) }
        }
        return writer.bytes
    }
}

extension RegInfo.Registration {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element(
            "registration", attributes: [("aor", aor), ("id", id), ("state", state.rawValue)]
        ) { writer in
            for contact in contacts { contact.write(to: &writer) }
        }
    }
}

extension RegInfo.Contact {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element(
            "contact",
            attributes: [
                ("id", id), ("state", state.rawValue), ("event", event.rawValue),
                ("expires", expires.map(String.init)), ("retry-after", retryAfter.map(String.init)), ("q", q),
                ("callid", callID), ("cseq", cseq.map { String($0) }),
            ]
        ) { writer in
            writer.element("uri", uri)
            writer.element("display-name", displayName)
            for parameter in parameters {
                writer.element("unknown-param", attributes: [("name", parameter.name)]) { $0.text(parameter.value) }
            }
        }
    }
}
