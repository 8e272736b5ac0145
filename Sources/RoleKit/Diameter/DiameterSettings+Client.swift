extension DiameterSettings {
    /// The `diameter:` section of a role that asks the HSS: its own identity `<role>.<home-network>`, and one peer,
    /// `hss.<home-network>`, at that name's row in `hosts:` or on this machine, unless the file says otherwise.
    public init(cxClient role: Role, _ common: CommonSettings, reading reader: inout SettingsReader) {
        let network = common.homeNetwork
        let hss = "hss.\(network)"
        let address = common.hosts.address(hss, port: nil, defaultPort: 3868) ?? SocketAddress(127, 0, 0, 1, port: 3868)
        var settings = DiameterSettings(originHost: "\(role.rawValue).\(network)", originRealm: network)
        settings.peers = [DiameterPeerSettings(host: hss, realm: network, address: address)]
        // Read a second time for peers named in it; a wrong row has been complained of already.
        let hosts = reader.faults.isEmpty ? reader.hosts("hosts") : []
        reader.section("diameter") { settings = DiameterSettings(reading: &$0, defaults: settings, hosts: hosts) }
        self = settings
    }
}
