public import Diameter

/// A Diameter neighbour.
public struct DiameterPeerSettings: Sendable, Hashable {
    /// Its Origin-Host, compared without case.
    public var host: String
    /// Its Origin-Realm; requests for that realm may go to it where no route says otherwise.
    public var realm: String
    /// Where it listens; nil for a peer that only connects to us.
    public var address: SocketAddress?
    /// Whether we open the connection (and need it to be ready).
    public var connect: Bool
    /// Local address of that connection; nil takes what the system picks.
    public var source: SocketAddress?

    public init(
        host: String, realm: String, address: SocketAddress? = nil, connect: Bool? = nil, source: SocketAddress? = nil
    ) {
        self.host = host
        self.realm = realm
        self.address = address
        self.connect = connect ?? (address != nil)
        self.source = source
    }
}

/// Where requests for a realm go. RFC 6733 §2.7
public struct DiameterRealmRoute: Sendable, Hashable {
    /// Compared without case.
    public var realm: String
    /// Only for this application; nil for all.
    public var application: UInt32?
    /// Host of the peer to send to.
    public var peer: String
    /// Lower is tried first; equal metrics share the load in turn.
    public var metric: Int

    public init(realm: String, application: UInt32? = nil, peer: String, metric: Int = 10) {
        self.realm = realm
        self.application = application
        self.peer = peer
        self.metric = metric
    }
}

/// Where requests go that no realm route covers.
public struct DiameterDefaultRoute: Sendable, Hashable {
    public var peer: String
    public var metric: Int

    public init(peer: String, metric: Int = 10) {
        self.peer = peer
        self.metric = metric
    }
}

/// Everything a Diameter node is told. All that Kamailio's CDP file can say has a field here.
public struct DiameterSettings: Sendable, Hashable {
    /// Origin-Host. RFC 6733 §6.3
    public var originHost: String
    /// Origin-Realm. RFC 6733 §6.4
    public var originRealm: String
    /// Realms whose requests are ours besides our own: an HSS of ims.… is also asked in epc.….
    public var servedRealms: [String] = []
    /// Product-Name. RFC 6733 §5.3.7
    public var productName = "imsbox"
    /// Vendor-Id of CER and CEA. RFC 6733 §5.3.3
    public var vendorID: UInt32 = 0
    public var applications: [DiameterApplication] = [.cx]
    /// Supported-Vendor-Id beyond the applications' vendors. RFC 6733 §5.3.6
    public var supportedVendors: [UInt32] = []
    public var listen: [SocketAddress] = []
    /// Host-IP-Address of CER and CEA; empty takes the connection's local address. RFC 6733 §5.3.5
    public var advertise: [SocketAddress] = []
    public var peers: [DiameterPeerSettings] = []
    public var realmRoutes: [DiameterRealmRoute] = []
    public var defaultRoutes: [DiameterDefaultRoute] = []
    /// Tc, the longest pause between connection attempts. RFC 6733 §2.1, §12
    public var tcMilliseconds = 30_000
    /// Tw, without its jitter of ±2 s. RFC 3539 §3.4.1: at least 6 s.
    public var twMilliseconds = 30_000
    /// Wait for a connection and for CER, CEA or DPA on it.
    public var connectTimeoutMilliseconds = 5_000
    /// Wait for an answer, all failovers included.
    public var transactionTimeoutMilliseconds = 5_000
    /// Take a CER from a peer that is not in `peers`.
    public var acceptUnknownPeers = false
    /// Forget such a peer when it disconnects; else it stays listed, closed.
    public var dropUnknownOnDisconnect = true

    public init(originHost: String, originRealm: String) {
        self.originHost = originHost
        self.originRealm = originRealm
    }

    public var origin: DiameterOrigin { DiameterOrigin(host: originHost, realm: originRealm) }
}
