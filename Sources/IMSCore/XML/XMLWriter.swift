/// Writes XML 1.0 in UTF-8; every text is escaped, so no value can break out of its element.
struct XMLWriter {
    private(set) var bytes: [UInt8] = []

    init() {
        // A subscriber with three identities and no filter criteria needs 600.
        bytes.reserveCapacity(1_024)
        bytes.append(contentsOf: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".utf8)
    }

    mutating func element(_ name: StaticString, _ content: (inout XMLWriter) -> Void) {
        tag(name, closing: false)
        content(&self)
        tag(name, closing: true)
    }

    /// An element with attributes; one whose value is nil is left out.
    mutating func element(
        _ name: StaticString, attributes: [(name: StaticString, value: String?)],
        _ content: (inout XMLWriter) -> Void
    ) {
        tag(name, closing: false)
        bytes.removeLast()
        for attribute in attributes {
            guard let value = attribute.value else { continue }
            bytes.append(UInt8(ascii: " "))
            attribute.name.withUTF8Buffer { bytes.append(contentsOf: $0) }
            bytes += Array("=\"".utf8)
            escape(value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
        content(&self)
        tag(name, closing: true)
    }

    /// Character data inside an element.
    mutating func text(_ text: String) { escape(text) }

    mutating func element(_ name: StaticString, _ text: String) {
        tag(name, closing: false)
        escape(text)
        tag(name, closing: true)
    }

    /// Nothing for nil.
    mutating func element(_ name: StaticString, _ text: String?) {
        if let text { element(name, text) }
    }

    mutating func element(_ name: StaticString, _ number: Int?) {
        if let number { element(name, String(number)) }
    }

    /// 29.228 Annex E's `tBool`: 0 or 1.
    mutating func element(_ name: StaticString, _ flag: Bool) { element(name, flag ? "1" : "0") }

    private mutating func tag(_ name: StaticString, closing: Bool) {
        bytes.append(UInt8(ascii: "<"))
        if closing { bytes.append(UInt8(ascii: "/")) }
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: ">"))
    }

    private mutating func escape(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case 0x00..<0x20 where !ASCII.isSpace(byte): continue  // no XML 1.0 document can hold it
            default: bytes.append(byte)
            }
        }
    }
}
