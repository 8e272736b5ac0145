import Diameter

/// Somebody a node has turned away: a peer at its CER, or a request before it got to the role. RFC 6733 §5.3, §6.1
struct DiameterRefusal: Equatable {
    /// Origin-Host and Origin-Realm, as the other side says them.
    var host: String
    /// For a request the Destination-Realm it names, which is what it may be refused for.
    var realm: String
    var address: SocketAddress
    var isRequest: Bool
    var code: ResultCode
    /// In words.
    var detail: String

    /// Longest name that is kept: a Diameter identity is a domain name.
    static let longestName = 255

    init(
        host: String, realm: String, address: SocketAddress, isRequest: Bool, _ fault: DiameterFault
    ) {
        self.host = String(host.prefix(Self.longestName))
        self.realm = String(realm.prefix(Self.longestName))
        self.address = address
        self.isRequest = isRequest
        code = fault.code
        detail = String(fault.detail.prefix(2 * Self.longestName))
    }
}

/// The last refusals, one for each host and cause; the oldest gives way.
struct DiameterRefusals {
    static let most = 8
    /// Oldest first.
    private(set) var entries: [DiameterRefusal] = []

    mutating func note(_ refusal: DiameterRefusal) {
        remove { $0.host == refusal.host && $0.code == refusal.code && $0.isRequest == refusal.isRequest }
        if entries.count == Self.most { entries.removeFirst() }
        entries.append(refusal)
    }

    /// A peer that got in is not one that was refused, and what its requests were refused for it, too, may have mended: it
    /// has been away since. Where it has not, its next request says so again.
    mutating func opened(_ host: String) { remove { $0.host.lowercased() == host.lowercased() } }

    private mutating func remove(where isGone: (DiameterRefusal) -> Bool) { entries.removeAll(where: isGone) }
}
