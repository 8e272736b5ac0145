public import SIP

/// The hosts and ports by which others name this element in Route and Request-URI (RFC 3261 §16.4).
public struct OwnNames: Sendable {
    private struct Name: Hashable, Sendable {
        var host: String
        var port: Int
    }

    private var names: Set<Name> = []
    /// The same by a hash, for URIs read in place.
    private var hashed: Set<TransactionKey> = []

    /// What the stack's listeners are called and where they listen.
    /// - Parameter others: further URIs of ours, such as the name an S-CSCF goes by in Cx.
    public init(_ stack: SIPStack, listeners: Int, others: [String] = []) {
        for index in 0..<listeners {
            insert("sip:" + stack.advertised(index))
            let address = stack.localAddress(index)
            if !address.isUnspecified { insert("sip:\(address)") }
        }
        for uri in others { insert(uri) }
    }

    private mutating func insert(_ text: String) {
        guard let uri = try? SIPURI(parsing: text) else { return }
        let name = Self.name(uri)
        let host = Array(name.host.utf8)
        names.insert(name)
        hashed.insert(Self.key(host, 0..<host.count, port: name.port))
    }

    private static func key(_ bytes: [UInt8], _ host: Range<Int>, port: Int) -> TransactionKey {
        var hash = KeyHash(seed: (0, 0))
        hash.add(bytes, host, foldingCase: true)
        hash.add(UInt64(port))
        return hash.finish()
    }

    private static func name(_ uri: SIPURI) -> Name {
        Name(host: uri.hostPart.bare, port: uri.port ?? Int(SIPTransportRule.defaultPort))
    }

    /// Whether the URI's host and port are ours; its user part does not count.
    public func contains(_ uri: SIPURI) -> Bool { names.contains(Self.name(uri)) }

    /// The same for a URI in a message.
    public func contains(_ uri: URISpan) -> Bool {
        hashed.contains(Self.key(uri.bytes, uri.host, port: uri.port ?? Int(SIPTransportRule.defaultPort)))
    }
}
