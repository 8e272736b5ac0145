/// A message of the short message relay layer, TS 24.011 §7.3: what a SIP MESSAGE of type application/vnd.3gpp.sms carries
/// (TS 24.341 §5.3).
public enum RPMessage: Equatable, Sendable {
    /// §7.3.1. The service centre's number is the destination from a phone and the originator toward one.
    case data(reference: UInt8, serviceCentre: RPAddress?, userData: [UInt8])
    /// §7.3.3
    case ack(reference: UInt8, userData: [UInt8]?)
    /// §7.3.4
    case error(reference: UInt8, cause: RPCause, userData: [UInt8]?)
    /// §7.3.2: memory is available again. From a phone only.
    case memoryAvailable(reference: UInt8)

    /// The media type of a body that is such a message (TS 24.341 §5.3.1.2).
    public static let contentType = "application/vnd.3gpp.sms"

    /// Who sends: it decides the message type's lowest bit, §8.2.2.
    public enum Direction: UInt8, Sendable { case fromMobile = 0, toMobile = 1 }

    private enum Kind: UInt8 { case data = 0, ack = 1, error = 2, memoryAvailable = 3 }

    /// RP-User-Data, §8.2.5.3: LV of at most 234 octets, TLV of as many.
    static let maximumUserData = 233
    private static let userDataIdentifier: UInt8 = 0x41

    public var reference: UInt8 {
        switch self {
        case .data(let reference, _, _), .ack(let reference, _), .error(let reference, _, _),
            .memoryAvailable(let reference):
            reference
        }
    }

    /// The reference of a message that can otherwise not be read but wants an answer: RP-DATA and RP-SMMA.
    public static func referenceToRefuse(_ bytes: some Collection<UInt8>) -> UInt8? {
        guard bytes.count >= 2, let first = bytes.first, let kind = Kind(rawValue: first >> 1 & 3),
            first & 1 == Direction.fromMobile.rawValue, kind == .data || kind == .memoryAvailable
        else { return nil }
        return bytes.dropFirst().first
    }
}

extension RPMessage {
    public init(_ bytes: some Sequence<UInt8>, _ direction: Direction) throws(SMSFault) {
        var reader = OctetReader(bytes)
        let first = try reader.octet("RP-Message-Type")
        let reference = try reader.octet("RP-Message-Reference")
        guard first & 1 == direction.rawValue, let kind = Kind(rawValue: first >> 1 & 3) else {
            throw SMSFault(.type, "message type \(first & 7) in this direction")
        }
        switch kind {
        case .data: self = try Self.data(&reader, reference, direction)
        case .ack: self = .ack(reference: reference, userData: try Self.optionalUserData(&reader))
        case .error:
            let cause = try Self.cause(&reader)
            self = .error(reference: reference, cause: cause, userData: try Self.optionalUserData(&reader))
        case .memoryAvailable:
            guard direction == .fromMobile else { throw SMSFault(.type, "RP-SMMA toward a phone") }
            self = .memoryAvailable(reference: reference)
        }
        try reader.end("the message")
    }

    private static func data(
        _ reader: inout OctetReader, _ reference: UInt8, _ direction: Direction
    ) throws(SMSFault) -> RPMessage {
        let originator = try RPAddress(reading: &reader, "RP-Originator-Address")
        let destination = try RPAddress(reading: &reader, "RP-Destination-Address")
        let length = Int(try reader.octet("RP-User-Data"))
        guard length <= maximumUserData else { throw SMSFault(.invalid, "RP-User-Data of \(length) octets") }
        let userData = try reader.octets(length, "RP-User-Data")
        let centre = direction == .fromMobile ? destination : originator
        let other = direction == .fromMobile ? originator : destination
        guard other == nil else { throw SMSFault(.invalid, "the phone's own address in RP-DATA") }
        guard !userData.isEmpty else { throw SMSFault(.invalid, "RP-DATA without user data") }
        return .data(reference: reference, serviceCentre: centre, userData: userData)
    }

    private static func cause(_ reader: inout OctetReader) throws(SMSFault) -> RPCause {
        let length = Int(try reader.octet("RP-Cause"))
        guard (1...2).contains(length) else { throw SMSFault(.invalid, "RP-Cause of \(length) octets") }
        return RPCause(try reader.octets(length, "RP-Cause")[0])
    }

    private static func optionalUserData(_ reader: inout OctetReader) throws(SMSFault) -> [UInt8]? {
        guard reader.left > 0 else { return nil }
        guard try reader.octet("RP-User-Data") == userDataIdentifier else {
            throw SMSFault(.invalid, "an element that is no RP-User-Data")
        }
        let length = Int(try reader.octet("RP-User-Data"))
        guard length < maximumUserData else { throw SMSFault(.invalid, "RP-User-Data of \(length) octets") }
        return try reader.octets(length, "RP-User-Data")
    }

    /// Its octets; user data longer than fits is left out, which no TPDU is.
    public func encoded(_ direction: Direction) -> [UInt8] {
        func head(_ kind: Kind) -> [UInt8] { [kind.rawValue << 1 | direction.rawValue, reference] }
        switch self {
        case .data(_, let centre, let userData):
            let address = centre?.octets ?? [0]
            let addresses = direction == .fromMobile ? [0] + address : address + [0]
            let content = userData.count <= Self.maximumUserData ? userData : []
            return head(.data) + addresses + [UInt8(content.count)] + content
        case .ack(_, let userData): return head(.ack) + Self.element(userData)
        case .error(_, let cause, let userData): return head(.error) + [1, cause.value] + Self.element(userData)
        case .memoryAvailable: return head(.memoryAvailable)
        }
    }

    private static func element(_ userData: [UInt8]?) -> [UInt8] {
        guard let userData, userData.count < maximumUserData else { return [] }
        return [userDataIdentifier, UInt8(userData.count)] + userData
    }
}
