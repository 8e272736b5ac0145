extension DiameterMessage {
    /// Reads a message. Only a broken header throws; everything else that is wrong is a fault, in the order met, and
    /// the message can still be answered. RFC 6733 §7.5
    ///
    /// Lenient where nothing is lost: reserved bits, M bits of AVPs we know, padding bytes, AVP order.
    public static func decode(
        _ bytes: [UInt8], dictionary: AVPDictionary = .standard
    ) throws(DiameterError) -> (DiameterMessage, [DiameterFault]) {
        try checkHeader(bytes)
        let message = DiameterMessage(checked: bytes)
        var check = AVPCheck(dictionary: dictionary)
        if message.isRequest, message.isError {
            check.faults.append(DiameterFault(.invalidHeaderBits, "E bit in a request"))
        }
        let body = message.body
        bytes.withUnsafeBytes { _ = check.walk($0, body, depth: 0) }
        return (message, check.faults)
    }

    /// Version, length field and size of a message, RFC 6733 §3.
    static func checkHeader(_ bytes: [UInt8]) throws(DiameterError) {
        guard bytes.count >= DiameterLimits.headerBytes else {
            throw DiameterError(.invalidMessageLength, "\(bytes.count) bytes are less than a header")
        }
        guard bytes[0] == 1 else { throw DiameterError(.unsupportedVersion, "version \(bytes[0])") }
        let length = Int(Wire.read32(bytes, 0) & 0xFF_FFFF)
        guard length == bytes.count else {
            throw DiameterError(.invalidMessageLength, "length field says \(length), message has \(bytes.count)")
        }
        guard length % 4 == 0, length <= DiameterLimits.messageBytes else {
            throw DiameterError(.invalidMessageLength, "length \(length)")
        }
    }
}

/// The walk over all AVPs that finds what can be wrong with them one by one.
struct AVPCheck {
    let dictionary: AVPDictionary
    var faults: [DiameterFault] = []
    private var count = 0

    init(dictionary: AVPDictionary) { self.dictionary = dictionary }

    /// Only the first fault is answered; the rest are for the log, and few are enough.
    private mutating func note(_ fault: DiameterFault) {
        if faults.count < DiameterLimits.faultsInMessage { faults.append(fault) }
    }

    /// Checks the AVPs in `range`; false where the walk cannot go on.
    mutating func walk(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, depth: Int) -> Bool {
        var offset = range.lowerBound
        while offset < range.upperBound {
            guard let place = AVPScan.place(bytes, offset, range.upperBound) else {
                note(lengthFault(bytes, offset, range.upperBound))
                return false
            }
            count += 1
            guard count <= DiameterLimits.avpsInMessage else {
                note(DiameterFault(.unableToComply, "more than \(DiameterLimits.avpsInMessage) AVPs"))
                return false
            }
            guard check(bytes, place, depth) else { return false }
            offset = place.next
        }
        return true
    }

    private mutating func check(_ bytes: UnsafeRawBufferPointer, _ place: AVPPlace, _ depth: Int) -> Bool {
        guard let row = dictionary.index(place.code, place.vendor) else {
            // RFC 6733 §4.1: unknown and mandatory is refused, unknown and optional ignored.
            if place.flags.contains(.m) {
                let detail = "AVP \(place.code) of vendor \(place.vendor.rawValue) is not known"
                note(fault(.avpUnsupported, bytes, place, detail))
            }
            return true
        }
        let format = dictionary.formats[row]
        if let length = format.fixedLength, length != place.data.count {
            note(shortened(.invalidAVPLength, place, format, dictionary.rows[row].name))
            return true
        }
        switch format {
        case .grouped:
            return descend(bytes, place, row, depth)
        case .utf8String, .diameterIdentity, .diameterURI, .ipFilterRule:
            if !UTF8Check.isValid(bytes, place.data) { addValueFault(bytes, place, row) }
        case .enumerated:
            let value = Int32(bitPattern: Wire.load32(bytes, place.data.lowerBound))
            if !dictionary.allows(value, row) { addValueFault(bytes, place, row) }
        case .address:
            if !isAddress(bytes, place.data) { addValueFault(bytes, place, row) }
        case .octetString, .integer32, .integer64, .unsigned32, .unsigned64, .float32, .float64, .time:
            break
        }
        return true
    }

    /// The inside of a group. Failed-AVP shows what was broken elsewhere and is not judged.
    private mutating func descend(
        _ bytes: UnsafeRawBufferPointer, _ place: AVPPlace, _ row: Int, _ depth: Int
    ) -> Bool {
        if place.code == Base.failedAVP.code, place.vendor == .ietf { return true }
        guard depth < DiameterLimits.groupDepth else {
            note(DiameterFault(.unableToComply, "groups nested deeper than \(DiameterLimits.groupDepth)"))
            return false
        }
        let before = faults.count
        let goOn = walk(bytes, place.data, depth: depth + 1)
        // RFC 6733 §7.5: a member's fault is shown inside its group.
        for i in before..<faults.count where !faults[i].failed.isEmpty {
            var wrapped: [UInt8] = []
            let inner = faults[i].failed
            AVPScan.append(place.code, place.vendor, place.flags, to: &wrapped) { $0 += inner }
            faults[i].failed = wrapped
        }
        // A member whose length lies spoils its group alone: the group's own length still leads to the next AVP.
        return goOn || count <= DiameterLimits.avpsInMessage
    }

    private mutating func addValueFault(_ bytes: UnsafeRawBufferPointer, _ place: AVPPlace, _ row: Int) {
        let name = dictionary.rows[row].name
        note(fault(.invalidAVPValue, bytes, place, "\(name) has a value it cannot have"))
    }

    private func isAddress(_ bytes: UnsafeRawBufferPointer, _ data: Range<Int>) -> Bool {
        guard data.count >= 2 else { return false }
        switch UInt16(bytes[data.lowerBound]) << 8 | UInt16(bytes[data.lowerBound + 1]) {
        case 1: return data.count == 6
        case 2: return data.count == 18
        default: return true
        }
    }

    private func fault(
        _ code: ResultCode, _ bytes: UnsafeRawBufferPointer, _ place: AVPPlace, _ detail: String
    ) -> DiameterFault {
        var failed: [UInt8] = []
        AVPScan.append(place.code, place.vendor, place.flags, to: &failed) { $0.append(contentsOf: bytes[place.data]) }
        return DiameterFault(code, failed: failed, detail)
    }

    /// RFC 6733 §7.5: a wrong length is shown as the AVP's header with the least data, zero-filled.
    private func shortened(
        _ code: ResultCode, _ place: AVPPlace, _ format: AVPFormat, _ name: String
    ) -> DiameterFault {
        var failed: [UInt8] = []
        AVPScan.append(place.code, place.vendor, place.flags, to: &failed) {
            $0.append(contentsOf: repeatElement(0, count: format.leastLength))
        }
        return DiameterFault(code, failed: failed, "\(name) has \(place.data.count) bytes")
    }

    private func lengthFault(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ end: Int) -> DiameterFault {
        guard end - offset >= 8 else {
            return DiameterFault(.invalidAVPLength, "\(end - offset) bytes where an AVP header should be")
        }
        let code = Wire.load32(bytes, offset)
        let flags = AVPFlags(rawValue: UInt8(Wire.load32(bytes, offset + 4) >> 24))
        let hasVendor = flags.contains(.v) && end - offset >= 12
        let vendor = Vendor(rawValue: hasVendor ? Wire.load32(bytes, offset + 8) : 0)
        let format = dictionary.index(code, vendor).map { dictionary.formats[$0] } ?? .octetString
        var failed: [UInt8] = []
        AVPScan.append(code, vendor, flags, to: &failed) {
            $0.append(contentsOf: repeatElement(0, count: format.leastLength))
        }
        return DiameterFault(.invalidAVPLength, failed: failed, "AVP \(code) says a length it cannot have")
    }
}

/// UTF-8 validity of a range, quick for the ASCII that nearly everything is.
enum UTF8Check {
    static func isValid(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        var i = range.lowerBound
        var seen: UInt64 = 0
        while i + 8 <= range.upperBound {
            seen |= bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
            i += 8
        }
        var last: UInt8 = 0
        while i < range.upperBound {
            last |= bytes[i]
            i += 1
        }
        if seen & 0x8080_8080_8080_8080 == 0, last < 0x80 { return true }
        return String(validating: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self) != nil
    }
}
