import IMSCore
import RoleKit
import SIP

/// What the P-CSCF keeps of a registered contact, TS 24.229 §5.2.2.1.
struct GmRegistration: Sendable {
    /// How the user was authenticated, as far as the P-CSCF can tell.
    enum Authentication: String, Sendable {
        /// AKA, and everything comes over its security associations.
        case ipsec
        /// AKA in the clear.
        case aka
        case digest
    }

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
    /// Sets, not lists: a phone has a place of its own, a load generator's place may have thousands.
    private var byRemote: [SocketAddress: Set<UInt64>] = [:]
    private var byToken: [String: Set<UInt64>] = [:]
    /// Contacts of one host whatever the port: where a UE with UDP sends a large request over TCP.
    private var byHost: [SocketAddress: Set<UInt64>] = [:]
    private var byPlace: [Place: Int] = [:]
    private var serial: UInt64 = 0

    /// Both ends: what comes in the clear from the port of a UE with IPsec is not that UE's.
    private struct Place: Hashable {
        var kind: LinkKind
        var listener: ListenerID
        var remote: SocketAddress

        init(_ flow: SIPFlow) { (kind, listener, remote) = (flow.kind, flow.listener, flow.remote) }
    }

    var count: Int { byID.count }
    /// In the order they were made, for reports.
    var inOrder: [GmRegistration] { byID.values.sorted { $0.id < $1.id } }

    subscript(id: UInt64) -> GmRegistration? { byID[id] }

    func of(impi: String) -> [GmRegistration] { (byIMPI[impi] ?? []).compactMap { byID[$0] } }

    /// What this private identity has registered from this flow: same transport, address and port.
    func of(impi: String, from flow: SIPFlow) -> [GmRegistration] {
        of(impi: impi).filter { Place($0.flow) == Place(flow) }
    }

    /// What is registered from this flow: same transport, address and port.
    func from(_ flow: SIPFlow) -> [GmRegistration] {
        found(byRemote[flow.remote]).filter { Place($0.flow) == Place(flow) }
    }

    /// What is registered with our Path URI of this user part.
    func of(token: String) -> [GmRegistration] { found(byToken[token]) }

    /// What is registered from this host, from whatever port.
    func from(hostOf remote: SocketAddress) -> [GmRegistration] { found(byHost[remote.with(port: 0)]) }

    /// In the order they were made.
    private func found(_ ids: Set<UInt64>?) -> [GmRegistration] { (ids ?? []).sorted().compactMap { byID[$0] } }

    /// Whether anything is registered from this flow.
    func isKnown(_ flow: SIPFlow) -> Bool { byPlace[Place(flow)] != nil }

    mutating func nextID() -> UInt64 {
        serial += 1
        return serial
    }

    mutating func store(_ registration: GmRegistration) {
        _ = remove(registration.id)
        byID[registration.id] = registration
        byIMPI[registration.impi, default: []].append(registration.id)
        byRemote[registration.flow.remote, default: []].insert(registration.id)
        byToken[registration.token, default: []].insert(registration.id)
        byHost[registration.flow.remote.with(port: 0), default: []].insert(registration.id)
        byPlace[Place(registration.flow), default: 0] += 1
    }

    mutating func remove(_ id: UInt64) -> GmRegistration? {
        guard let old = byID.removeValue(forKey: id) else { return nil }
        Self.drop(id, from: &byRemote[old.flow.remote])
        Self.drop(id, from: &byToken[old.token])
        Self.drop(id, from: &byHost[old.flow.remote.with(port: 0)])
        byIMPI[old.impi]?.removeAll { $0 == id }
        if byIMPI[old.impi]?.isEmpty == true { byIMPI[old.impi] = nil }
        let place = Place(old.flow)
        let left = (byPlace[place] ?? 1) - 1
        byPlace[place] = left > 0 ? left : nil
        return old
    }

    private static func drop(_ id: UInt64, from ids: inout Set<UInt64>?) {
        ids?.remove(id)
        if ids?.isEmpty == true { ids = nil }
    }
}
