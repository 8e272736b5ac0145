import SIP

/// A listener with its sockets open.
struct SIPListener {
    let settings: SIPListenerSettings
    /// Where it listens, with the port it got.
    let address: SocketAddress
    var udp: ListenerID?
    var tcp: ListenerID?
    /// `host:port` as others shall write it.
    let advertised: String
    /// Start of its Via values up to and with `branch=`, for datagrams and for streams.
    private let viaUDP: [UInt8]
    private let viaTCP: [UInt8]

    /// - Parameter name: what it is called instead of its own address; a protected client port goes by its server's.
    init(
        _ settings: SIPListenerSettings, address: SocketAddress, udp: ListenerID?, tcp: ListenerID?, name: String? = nil
    ) {
        self.settings = settings
        self.address = address
        self.udp = udp
        self.tcp = tcp
        advertised = name ?? Self.name(settings.advertise, address)
        viaUDP = Array("SIP/2.0/UDP \(advertised);branch=".utf8)
        viaTCP = Array("SIP/2.0/TCP \(advertised);branch=".utf8)
    }

    func via(_ kind: LinkKind, _ branch: Branch) -> [UInt8] {
        let start = kind == .udp ? viaUDP : viaTCP
        var via: [UInt8] = []
        // Cookie, three numbers of at most sixteen digits, two dots.
        via.reserveCapacity(start.count + 57)
        via.append(contentsOf: start)
        branch.append(to: &via)
        return via
    }

    func socket(_ kind: LinkKind) -> ListenerID? { kind == .udp ? udp : tcp }

    /// An advertised host with the listening port, unless it names a port itself.
    private static func name(_ advertise: String, _ address: SocketAddress) -> String {
        if advertise.isEmpty { return address.description }
        if let literal = SocketAddress(advertise, port: address.port) { return literal.description }
        if SocketAddress(endpoint: advertise) != nil || advertise.utf8.contains(UInt8(ascii: ":")) { return advertise }
        return "\(advertise):\(address.port)"
    }
}
