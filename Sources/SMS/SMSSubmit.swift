/// SMS-SUBMIT, from a phone to the service centre, TS 23.040 §9.2.2.2.
public struct SMSSubmit: Hashable, Sendable {
    /// TP-Message-Reference.
    public var reference: UInt8
    public var destination: TPAddress
    public var protocolIdentifier: UInt8 = 0
    public var coding: DataCoding
    public var validity: ValidityPeriod?
    public var userData: UserData
    /// TP-Reject-Duplicates.
    public var rejectsDuplicates = false
    /// TP-Status-Report-Request.
    public var wantsStatusReport = false
    /// TP-Reply-Path.
    public var hasReplyPath = false

    public init(reference: UInt8, destination: TPAddress, coding: DataCoding, userData: UserData) {
        self.reference = reference
        self.destination = destination
        self.coding = coding
        self.userData = userData
    }

    init(_ first: UInt8, reading reader: inout OctetReader) throws(SMSFault) {
        rejectsDuplicates = first & 0x04 != 0
        wantsStatusReport = first & 0x20 != 0
        hasReplyPath = first & 0x80 != 0
        reference = try reader.octet("TP-MR")
        destination = try TPAddress(reading: &reader, "TP-DA")
        protocolIdentifier = try reader.octet("TP-PID")
        coding = DataCoding(try reader.octet("TP-DCS"))
        validity = try ValidityPeriod(format: first >> 3 & 3, reading: &reader)
        userData = try UserData(hasHeader: first & 0x40 != 0, coding, reading: &reader)
        try reader.end("SMS-SUBMIT")
    }

    public var encoded: [UInt8] {
        var first: UInt8 = 0x01
        if rejectsDuplicates { first |= 0x04 }
        first |= (validity?.format ?? 0) << 3
        if wantsStatusReport { first |= 0x20 }
        if userData.hasHeader { first |= 0x40 }
        if hasReplyPath { first |= 0x80 }
        return [first, reference] + destination.octets + [protocolIdentifier, coding.octet]
            + (validity?.octets ?? []) + [userData.length] + userData.octets
    }
}
