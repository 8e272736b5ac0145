/// SMS-DELIVER, from the service centre to a phone, TS 23.040 §9.2.2.1.
public struct SMSDeliver: Hashable, Sendable {
    public var originator: TPAddress
    public var protocolIdentifier: UInt8
    public var coding: DataCoding
    public var time: TimeStamp
    public var userData: UserData
    /// TP-More-Messages-to-Send: of the bit's two values the unset one says that there are more.
    public var hasMore = false
    /// TP-Status-Report-Indication.
    public var reportsStatus: Bool
    /// TP-Reply-Path.
    public var hasReplyPath: Bool

    /// The message of a submission; what is the user's passes untouched.
    public init(_ submit: SMSSubmit, from originator: TPAddress, at time: TimeStamp) {
        self.originator = originator
        self.time = time
        protocolIdentifier = submit.protocolIdentifier
        coding = submit.coding
        userData = submit.userData
        reportsStatus = submit.wantsStatusReport
        hasReplyPath = submit.hasReplyPath
    }

    init(_ first: UInt8, reading reader: inout OctetReader) throws(SMSFault) {
        hasMore = first & 0x04 == 0
        reportsStatus = first & 0x20 != 0
        hasReplyPath = first & 0x80 != 0
        originator = try TPAddress(reading: &reader, "TP-OA")
        protocolIdentifier = try reader.octet("TP-PID")
        coding = DataCoding(try reader.octet("TP-DCS"))
        time = try TimeStamp(reading: &reader, "TP-SCTS")
        userData = try UserData(hasHeader: first & 0x40 != 0, coding, reading: &reader)
        try reader.end("SMS-DELIVER")
    }

    public var encoded: [UInt8] {
        var first: UInt8 = hasMore ? 0 : 0x04
        if reportsStatus { first |= 0x20 }
        if userData.hasHeader { first |= 0x40 }
        if hasReplyPath { first |= 0x80 }
        return [first] + originator.octets + [protocolIdentifier, coding.octet] + time.octets
            + [userData.length] + userData.octets
    }
}

/// SMS-STATUS-REPORT, from the service centre to the sender, TS 23.040 §9.2.2.3.
public struct SMSStatusReport: Hashable, Sendable {
    /// TP-Message-Reference of the submission.
    public var reference: UInt8
    public var recipient: TPAddress
    /// When the service centre had the submission.
    public var time: TimeStamp
    /// When it was delivered, or given up.
    public var discharge: TimeStamp
    public var status: DeliveryStatus
    public var hasMore = false

    public init(
        reference: UInt8, recipient: TPAddress, time: TimeStamp, discharge: TimeStamp, status: DeliveryStatus
    ) {
        self.reference = reference
        self.recipient = recipient
        self.time = time
        self.discharge = discharge
        self.status = status
    }

    init(_ first: UInt8, reading reader: inout OctetReader) throws(SMSFault) {
        hasMore = first & 0x04 == 0
        reference = try reader.octet("TP-MR")
        recipient = try TPAddress(reading: &reader, "TP-RA")
        time = try TimeStamp(reading: &reader, "TP-SCTS")
        discharge = try TimeStamp(reading: &reader, "TP-DT")
        status = DeliveryStatus(value: try reader.octet("TP-ST"))
        // What may follow behind a TP-Parameter-Indicator is of no interest here (§9.2.3.27).
    }

    public var encoded: [UInt8] {
        [hasMore ? 0x02 : 0x06, reference] + recipient.octets + time.octets + discharge.octets + [status.value]
    }
}

/// TP-Status, TS 23.040 §9.2.3.15.
public struct DeliveryStatus: Hashable, Sendable {
    public let value: UInt8

    public init(value: UInt8) { self.value = value }

    public static let received = DeliveryStatus(value: 0x00)
    public static let incompatibleDestination = DeliveryStatus(value: 0x41)
    public static let notObtainable = DeliveryStatus(value: 0x43)
    public static let expired = DeliveryStatus(value: 0x46)

    public var isDelivered: Bool { value & 0x60 == 0 }
}
