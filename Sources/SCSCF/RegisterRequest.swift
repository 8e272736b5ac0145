import IMSCore
import SIP

/// A REGISTER as the registration procedures see it, TS 24.229 §5.4.1.2 and RFC 3261 §10.3.
struct RegisterRequest: Sendable {
    /// The public identity being registered, of To.
    var impu: IMPU
    /// The private identity: of Authorization, else derived from the public one.
    var impi: IMPI
    var credentials: DigestCredentials?
    var integrity: IntegrityProtection
    var contacts: RequestedContacts
    /// The Expires header.
    var expires: Int?
    /// The values of Path, topmost first.
    var path: [String]
    var callID: String
    var cseq: UInt32
    var chargingVector: ChargingVector?
    /// The first P-Visited-Network-ID.
    var visitedNetwork: String?
    var body: [UInt8]
    /// It was accepted for its association alone, without an answer to a challenge. TS 24.229 §5.4.1.2.2
    var isUnchallenged = false
}

/// What the Contact headers of a REGISTER ask for.
enum RequestedContacts: Equatable, Sendable {
    /// No Contact: tell the bindings there are.
    case none
    /// `Contact: *`.
    case all
    case some([RequestedContact])
}

/// One Contact value of a REGISTER.
struct RequestedContact: Equatable, Sendable {
    /// Without `expires`; other parameters byte for byte.
    var address: NameAddress
    /// The contact's own `expires`.
    var expires: Int?
    /// `+sip.instance` and `reg-id` of RFC 5626; nil without a reg-id.
    var flow: OutboundFlow?

    /// Two values of one REGISTER that mean the same contact.
    func isSame(as other: RequestedContact) -> Bool {
        if let flow, let theirs = other.flow { return flow == theirs }
        return address.uri.isEquivalent(to: other.address.uri)
    }
}

/// The key of a binding that registered with RFC 5626.
struct OutboundFlow: Hashable, Sendable {
    var instance: String
    var regID: Int
}

/// Why a REGISTER cannot be taken, and what to answer.
struct RegisterFault: Error, Equatable {
    var status: Int
    var reason: String
    /// Unsupported, with 420.
    var headers: [SIPRefusal.Header] = []
}

extension RegisterRequest {
    /// Option tags a REGISTER may require of us, RFC 3261 §8.2.2.3.
    static let supportedOptions = ["path"]
    /// Contact values one REGISTER may have.
    static let maximumContacts = 10
    /// Path values one REGISTER may have.
    static let maximumPath = 10

    /// Reads what registration needs; throws what to answer where it is missing or makes no sense.
    init(_ message: SIPMessage) throws(RegisterFault) {
        if let refusal = message.refusalByRegistrar(supporting: Self.supportedOptions) {
            throw RegisterFault(status: refusal.status, reason: refusal.reason, headers: refusal.headers)
        }
        do {
            // RFC 3261 §10.2: an address of record is a sip or sips URI.
            guard let impu = IMPU(try message.uriText(.to)), impu.kind != .tel else {
                throw RegisterFault(status: 400, reason: "To Names No User")
            }
            self.impu = impu
            let cseq = try message.cseq()
            self.cseq = cseq.number
            contacts = try Self.contacts(of: message)
            expires = try message.integer(.expires)
        } catch let fault as RegisterFault {
            throw fault
        } catch {
            throw RegisterFault(status: 400, reason: "Bad Request")
        }
        callID = message.callID ?? ""
        path = message.texts(.path)
        guard path.count <= Self.maximumPath else { throw RegisterFault(status: 400, reason: "Too Many Path Values") }
        credentials = try Self.credentials(of: message)
        integrity = IntegrityProtection(parameter: credentials?.fields["integrity-protected"])
        guard let impi = credentials.map({ IMPI($0.username) }) ?? IMPI(derivedFrom: impu) else {
            throw RegisterFault(status: 400, reason: "No Private Identity")
        }
        self.impi = impi
        chargingVector = message.text(.pChargingVector).flatMap(ChargingVector.init(parsing:))
        visitedNetwork = message.texts(.pVisitedNetworkID).first.flatMap(VisitedNetwork.identifier)
        body = Array(message.body)
    }

    /// The Digest credentials; nil where there are none of this scheme.
    private static func credentials(of message: SIPMessage) throws(RegisterFault) -> DigestCredentials? {
        for text in message.texts(.authorization) where text.prefix(6).lowercased() == "digest" {
            guard let credentials = DigestCredentials(parsing: text) else {
                throw RegisterFault(status: 400, reason: "Malformed Authorization")
            }
            return credentials
        }
        return nil
    }

    private static func contacts(of message: SIPMessage) throws -> RequestedContacts {
        let values = try message.contacts()
        guard values.count <= maximumContacts else { throw RegisterFault(status: 400, reason: "Too Many Contacts") }
        if values.isEmpty { return .none }
        if values.contains(.star) {
            guard values.count == 1 else { throw RegisterFault(status: 400, reason: "Contact * Beside Others") }
            return .all
        }
        return .some(
            try values.map { value in
                guard var address = value.address, address.uri.sip != nil else {
                    throw RegisterFault(status: 400, reason: "Contact Is No SIP URI")
                }
                address.params["expires"] = nil
                let flow = value.regID.flatMap { id in value.instance.map { OutboundFlow(instance: $0, regID: id) } }
                return RequestedContact(address: address, expires: value.expires, flow: flow)
            })
    }
}
