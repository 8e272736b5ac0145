public import SIP

/// The `hosts:` table of an instance file: names the instance can reach without a DNS server.
///
/// A name's row answers first; an IP address answers itself. Where a row has no port, the caller's default counts.
public struct HostTable: Sendable, Equatable {
    /// Lower-case name → address; port 0 = not given.
    private var rows: [String: SocketAddress]
    /// The same by a hash of the name, for names read in place.
    private var hashed: [TransactionKey: SocketAddress] = [:]
    /// The hosts of all rows, with port 0.
    public private(set) var hosts: Set<SocketAddress> = []

    public init(_ rows: [(name: String, address: SocketAddress)] = []) {
        self.rows = [:]
        for row in rows {
            let bytes = Array(row.name.utf8)
            self.rows[row.name.lowercased()] = row.address
            hashed[Self.key(bytes, 0..<bytes.count)] = row.address
            hosts.insert(row.address.with(port: 0))
        }
    }

    /// The row of exactly this name.
    public func row(_ name: String) -> SocketAddress? { rows[name.lowercased()] }

    /// Whether a row names the host of this address, whatever the port.
    public func names(hostOf address: SocketAddress) -> Bool {
        hosts.contains(address.with(port: 0))
    }

    /// Where `host` is. A port in the URI wins over the row's, the row's over `defaultPort` (RFC 3263 §4.2).
    public func address(_ host: String, port: Int?, defaultPort: UInt16) -> SocketAddress? {
        var bare = host[...]
        if bare.hasPrefix("["), bare.hasSuffix("]") { bare = bare.dropFirst().dropLast() }
        let given = port.flatMap { UInt16(exactly: $0) }
        if let row = rows[bare.lowercased()] {
            return row.with(port: given ?? (row.port == 0 ? defaultPort : row.port))
        }
        return SocketAddress(String(bare), port: given ?? defaultPort)
    }

    /// The same for the host of a URI in a message.
    public func address(_ uri: URISpan, defaultPort: UInt16) -> SocketAddress? {
        let given = uri.port.flatMap { UInt16(exactly: $0) }
        if let row = hashed[Self.key(uri.bytes, uri.host)] {
            return row.with(port: given ?? (row.port == 0 ? defaultPort : row.port))
        }
        return SocketAddress(uri.bytes, uri.host, port: given ?? defaultPort)
    }

    /// 128 bits of the name, case aside: names are the operator's, so the hash needs no secret.
    private static func key(_ bytes: [UInt8], _ name: Range<Int>) -> TransactionKey {
        var hash = KeyHash(seed: (0, 0))
        hash.add(bytes, name, foldingCase: true)
        return hash.finish()
    }
}
