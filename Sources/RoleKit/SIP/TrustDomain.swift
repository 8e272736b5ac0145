public import SIP

/// The trust domain as one element of the network sees it: whose word is believed. TS 24.229 §4.4, RFC 3325 §5
///
/// A neighbour is known by its host alone. Its port says nothing: TCP connections come from any, and what runs on a host
/// of ours is ours.
public struct TrustDomain: Sendable {
    private let hosts: Set<SocketAddress>

    /// Those named in `hosts:`, and others the configuration names elsewhere; this host is always of it, by each of its
    /// addresses. They are read here, once: one that the host gets later counts from the next start on.
    public init(_ table: HostTable, on network: any Network, others: [SocketAddress] = []) {
        hosts = table.hosts.union(network.hostAddresses).union(others.map { $0.with(port: 0) })
    }

    public func contains(_ source: SocketAddress) -> Bool {
        source.isLoopback || hosts.contains(source.with(port: 0))
    }

    /// What only the trust domain may say, TS 24.229 §4.4, RFC 7315 §4.
    private static let asserted: [HeaderID] = [
        .pAssertedIdentity, .pAssertedService, .pChargingVector, .pChargingFunctionAddresses, .pServedUser,
        .pProfileKey, .pAccessNetworkInfo,
    ]

    public static func hasAssertions(_ message: SIPMessage) -> Bool { asserted.contains { message.has($0) } }

    /// Takes away what somebody outside has asserted.
    public static func strip(_ edit: inout SIPEdit) {
        for header in asserted where edit.message.has(header) { edit.removeAll(header) }
    }
}
