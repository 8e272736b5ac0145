public import IPsec

extension SocketAddress {
    /// The address without its port, as IPsec speaks of it.
    public var hostAddress: HostAddress { HostAddress(isV6: family == .v6, high: high, low: low) }

    public init(_ host: HostAddress, port: UInt16) {
        self.init(family: host.isV6 ? .v6 : .v4, high: host.high, low: host.low, port: port)
    }
}
