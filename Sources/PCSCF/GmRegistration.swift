import IMSCore
import RoleKit
import SIP

/// What the P-CSCF keeps of a registered contact, TS 24.229 §5.2.2.1.
struct GmRegistration: Sendable {
    /// How the user was authenticated, as far as the P-CSCF can tell.
    enum Authentication: Sendable { case aka, digest }

    var id: UInt64
    /// User part of our Path URI: what comes to it is for this contact.
    var token: String
    var impi: String
    /// The public identity it was registered with, canonical.
    var impu: String
    var contact: AnyURI
    /// Where the UE is.
    var flow: SIPFlow
    var listener: Int
    var authentication: Authentication
    var callID: String
    /// P-Associated-URI; the first is the default public user identity.
    var associatedURIs: [String]
    var serviceRoute: [String]
    /// The home network, as it says of itself: term-ioi.
    var termIOI: String?
    /// P-Charging-Function-Addresses, where records of this user go.
    var chargingFunctions: [String]
    var expiry: Moment
    var timer: TimerID
    /// Of the REGISTER that last renewed it; with the Call-ID it tells old news from new.
    var cseq: UInt32 = 0

    /// Whether a REGISTER for this identity, or one that was told of this default identity, is about the same implicit
    /// registration set. TS 23.228 §5.2.1a
    func isOfSet(_ impu: String, defaultURI: String?) -> Bool {
        self.impu == impu || associatedURIs.contains { $0 == impu || IMPU($0)?.text == impu }
            || defaultURI != nil && associatedURIs.first == defaultURI
    }
}

/// The contacts registered through this P-CSCF, by number, private identity and flow.
struct GmRegistrations: Sendable {
    private var byID: [UInt64: GmRegistration] = [:]
    private var byIMPI: [String: [UInt64]] = [:]
    private var byRemote: [SocketAddress: [UInt64]] = [:]
    private var byToken: [String: [UInt64]] = [:]
    /// Contacts of one host whatever the port: where a UE with UDP sends a large request over TCP.
    private var byHost: [SocketAddress: [UInt64]] = [:]
    private var serial: UInt64 = 0

    var count: Int { byID.count }
    /// In the order they were made, for reports.
    var inOrder: [GmRegistration] { byID.values.sorted { $0.id < $1.id } }

    subscript(id: UInt64) -> GmRegistration? { byID[id] }

    func of(impi: String) -> [GmRegistration] { (byIMPI[impi] ?? []).compactMap { byID[$0] } }

    /// What is registered from this flow: same transport, address and port.
    func from(_ flow: SIPFlow) -> [GmRegistration] {
        (byRemote[flow.remote] ?? []).compactMap { byID[$0] }.filter { $0.flow.kind == flow.kind }
    }

    /// What is registered with our Path URI of this user part.
    func of(token: String) -> [GmRegistration] { (byToken[token] ?? []).compactMap { byID[$0] } }

    /// What is registered from this host, from whatever port.
    func from(hostOf remote: SocketAddress) -> [GmRegistration] {
        (byHost[remote.with(port: 0)] ?? []).compactMap { byID[$0] }
    }

    mutating func nextID() -> UInt64 {
        serial += 1
        return serial
    }

    mutating func store(_ registration: GmRegistration) {
        _ = remove(registration.id)
        byID[registration.id] = registration
        byIMPI[registration.impi, default: []].append(registration.id)
        byRemote[registration.flow.remote, default: []].append(registration.id)
        byToken[registration.token, default: []].append(registration.id)
        byHost[registration.flow.remote.with(port: 0), default: []].append(registration.id)
    }

    mutating func remove(_ id: UInt64) -> GmRegistration? {
        guard let old = byID.removeValue(forKey: id) else { return nil }
        Self.drop(id, from: &byIMPI[old.impi])
        Self.drop(id, from: &byRemote[old.flow.remote])
        Self.drop(id, from: &byToken[old.token])
        Self.drop(id, from: &byHost[old.flow.remote.with(port: 0)])
        return old
    }

    private static func drop(_ id: UInt64, from list: inout [UInt64]?) {
        list?.removeAll { $0 == id }
        if list?.isEmpty == true { list = nil }
    }
}
