/// SMS-SUBMIT-REPORT and SMS-DELIVER-REPORT, TS 23.040 §9.2.2.2a and §9.2.2.1a: the user data of RP-ACK and RP-ERROR.
public enum SMSReport {
    /// TP-Failure-Cause, §9.2.3.22.
    public enum Failure: UInt8, Sendable {
        case busy = 0xC0
        case systemFailure = 0xC2
        case invalidAddress = 0xC3
        case tpduNotSupported = 0xB0
        case validityNotSupported = 0xC7
        case unspecified = 0xFF
    }

    /// To a sender: when the service centre had its message; with a failure in an RP-ERROR.
    public static func submit(at time: TimeStamp, failure: Failure? = nil) -> [UInt8] {
        [0x01] + (failure.map { [$0.rawValue] } ?? []) + [0x00] + time.octets
    }

    /// From a recipient, with nothing more to say.
    public static func deliver(failure: UInt8? = nil) -> [UInt8] { [0x00] + (failure.map { [$0] } ?? []) + [0x00] }

    /// TP-FCS of a report in an RP-ERROR; nil if there is none. Bit 7 is set in every value the table has, and in no
    /// TP-Parameter-Indicator without an extension.
    public static func failure(in userData: [UInt8]?) -> UInt8? {
        guard let userData, userData.count >= 2, userData[1] & 0x80 != 0 else { return nil }
        return userData[1]
    }
}

/// What a phone sends to the service centre in RP-DATA, TS 23.040 §9.2.3.1.
public enum MobileTPDU: Equatable, Sendable {
    case submit(SMSSubmit)
    /// §9.2.2.4: recognised, and not looked into.
    case command

    public init(_ bytes: some Sequence<UInt8>) throws(SMSFault) {
        var reader = OctetReader(bytes)
        let first = try reader.octet("TP-MTI")
        switch first & 3 {
        case 1: self = .submit(try SMSSubmit(first, reading: &reader))
        case 2: self = .command
        default: throw SMSFault(.type, "TP-Message-Type \(first & 3) from a phone")
        }
    }
}

/// What the service centre sends to a phone in RP-DATA.
public enum CentreTPDU: Equatable, Sendable {
    case deliver(SMSDeliver)
    case statusReport(SMSStatusReport)

    public init(_ bytes: some Sequence<UInt8>) throws(SMSFault) {
        var reader = OctetReader(bytes)
        let first = try reader.octet("TP-MTI")
        switch first & 3 {
        case 0: self = .deliver(try SMSDeliver(first, reading: &reader))
        case 2: self = .statusReport(try SMSStatusReport(first, reading: &reader))
        default: throw SMSFault(.type, "TP-Message-Type \(first & 3) toward a phone")
        }
    }

    /// The same octets with TP-More-Messages-to-Send as it is now, §9.2.3.2. It stands in the same bit of both kinds.
    public static func marked(_ tpdu: [UInt8], hasMore: Bool) -> [UInt8] {
        guard let first = tpdu.first else { return tpdu }
        var out = tpdu
        out[0] = hasMore ? first & ~0x04 : first | 0x04
        return out
    }
}
