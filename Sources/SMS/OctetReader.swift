/// Takes octets off the front; never more than there are.
struct OctetReader {
    private let bytes: [UInt8]
    private(set) var at = 0

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    var left: Int { bytes.count - at }

    mutating func octet(_ what: String) throws(SMSFault) -> UInt8 {
        guard left > 0 else { throw SMSFault(.short, "no \(what)") }
        defer { at += 1 }
        return bytes[at]
    }

    mutating func octets(_ count: Int, _ what: String) throws(SMSFault) -> [UInt8] {
        guard count >= 0, left >= count else { throw SMSFault(.short, "\(what) of \(count) octets has \(left)") }
        defer { at += count }
        return Array(bytes[at..<at + count])
    }

    func end(_ what: String) throws(SMSFault) {
        guard left == 0 else { throw SMSFault(.trailing, "\(left) octets behind \(what)") }
    }
}
