public import AKA

/// Who a lab UE is: what its ISIM or USIM holds (TS 24.229 §5.1.1.1A), or a user name with a password. Prints without
/// its secrets.
public struct UEIdentity: Sendable, CustomStringConvertible, CustomReflectable {
    public enum Secret: Sendable {
        /// IMS AKA, with a USIM of its own.
        case card(AKAKeys)
        /// SIP Digest (TS 24.229 §5.1.1.2.3).
        case password(String)
    }

    /// Private identity, `<imsi>@<domain>`.
    public var impi: String
    /// Public identity it registers.
    public var impu: String
    /// Home network domain: Request-URI and realm of its REGISTERs.
    public var domain: String
    public var secret: Secret
    /// The highest SQN the card has accepted so far, where it has seen service elsewhere (TS 33.102 Annex C.2).
    public var highestSQN: SequenceNumber?
    /// The device, for `+sip.instance` (RFC 7254).
    public var instance: String

    public init(impi: String, impu: String, domain: String, secret: Secret, instance: String) {
        self.impi = impi
        self.impu = impu
        self.domain = domain
        self.secret = secret
        self.instance = instance
    }

    /// A SIM without ISIM: identities derived from the IMSI (TS 23.003 §13.3, §13.4B).
    public init(imsi: String, keys: AKAKeys, domain: String, device: Int = 1) {
        let impi = "\(imsi)@\(domain)"
        self.init(
            impi: impi, impu: "sip:\(impi)", domain: domain, secret: .card(keys), instance: Self.device(device))
    }

    /// A user of SIP Digest.
    public init(user: String, password: String, domain: String, device: Int = 1) {
        let impi = user.contains("@") ? user : "\(user)@\(domain)"
        self.init(
            impi: impi, impu: "sip:\(impi)", domain: domain, secret: .password(password),
            instance: Self.device(device))
    }

    /// Whether it answers challenges with a USIM.
    var isCard: Bool { if case .card = secret { true } else { false } }

    /// User part of its Contact.
    public var user: String { String(impi.prefix { $0 != "@" }) }

    /// A test IMEI (TAC 00101…) with this serial number as URN (RFC 7254 §4.2).
    static func device(_ number: Int) -> String { "urn:gsma:imei:00101000-\(padded(number % 1_000_000, 6))-0" }

    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    public var description: String { impi }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The laboratory's test subscribers, the same that `make run` puts into an empty database and that the other test
/// drivers know: IMSI 00101 and ten digits of the number, MSISDN 1555 and seven, K "aka" and thirteen (as ASCII),
/// OP "imscoreTestOP001", AMF 3939.
public enum LabSubscribers {
    public static let operatorKey: [UInt8] = Array("imscoreTestOP001".utf8)
    public static let amf: UInt16 = 0x3939
    /// The highest number: seven digits of the MSISDN.
    public static let limit = 9_999_999

    public static func imsi(_ number: Int) -> String { "00101" + UEIdentity.padded(number, 10) }
    public static func msisdn(_ number: Int) -> String { "1555" + UEIdentity.padded(number, 7) }

    /// Subscriber `number`, from 1; nil beyond the set.
    public static func identity(
        _ number: Int, domain: String, _ functions: AKAFunctions
    ) throws(CryptoError) -> UEIdentity? {
        guard (1...limit).contains(number), let op = Block128(operatorKey),
            let k = Block128(Array("aka\(UEIdentity.padded(number, 13))".utf8))
        else { return nil }
        let keys = AKAKeys(algorithm: .milenage, k: k, opc: try functions.opc(k: k, op: op), amf: amf)
        return UEIdentity(imsi: imsi(number), keys: keys, domain: domain, device: number)
    }
}
