public import SIP

/// The hosts and ports by which others name this element in Route and Request-URI (RFC 3261 §16.4).
public struct OwnNames: Sendable {
    private struct Name: Hashable, Sendable {
        var host: String
        var port: Int
    }

    private var names: Set<Name> = []

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
        names.insert(Self.name(uri))
    }

    private static func name(_ uri: SIPURI) -> Name {
        Name(host: uri.hostPart.bare, port: uri.port ?? Int(SIPTransportRule.defaultPort))
    }

    /// Whether the URI's host and port are ours; its user part does not count.
    public func contains(_ uri: SIPURI) -> Bool { names.contains(Self.name(uri)) }
}
