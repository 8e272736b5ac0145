import IPsec
import RoleKit

/// The listeners with protected ports, beside each Gm listener that has IPsec; TS 33.203 §7.1.
struct ProtectedPorts {
    /// Those of one address, by their numbers in the SIP stack.
    struct Group {
        /// The listeners UEs register at in the clear; those of one address share its protected ports.
        var gm: [Int]
        var host: HostAddress
        var server: Int
        var serverPort: UInt16
        var clients: [UInt16: Int]
    }

    private(set) var groups: [Group] = []

    func group(gm listener: Int) -> Group? { groups.first { $0.gm.contains(listener) } }
    func group(server listener: Int) -> Group? { groups.first { $0.server == listener } }
    func group(host: HostAddress) -> Group? { groups.first { $0.host == host } }

    /// Adds the listeners for a Gm listener to those of a stack.
    mutating func add(
        gm: Int, _ listener: PCSCFConfig.Listener, _ settings: IPsecSettings, to listeners: inout [SIPListenerSettings]
    ) {
        if let known = groups.firstIndex(where: { $0.host == listener.address.hostAddress }) {
            groups[known].gm.append(gm)
            return
        }
        func protected(_ name: String, _ port: UInt16, _ protection: SIPProtection) -> SIPListenerSettings {
            SIPListenerSettings(
                name: name, address: listener.address.with(port: port), kinds: listener.kinds,
                profile: listener.timers, isTowardUE: true, protection: protection)
        }
        var group = Group(
            gm: [gm], host: listener.address.hostAddress, server: listeners.count, serverPort: settings.serverPort,
            clients: [:])
        let name = listeners[gm].name
        listeners.append(protected("\(name)-ps", settings.serverPort, .server))
        for port in settings.clientPorts {
            group.clients[port] = listeners.count
            listeners.append(protected("\(name)-pc", port, .client(of: group.server)))
        }
        groups.append(group)
    }
}
