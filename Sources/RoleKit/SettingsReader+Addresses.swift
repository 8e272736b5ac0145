extension SettingsReader {
    /// An IPv4 or IPv6 address without port, e.g. `10.45.0.1` or `fd00::1`; the returned port is 0. Nil if absent.
    public mutating func address(_ key: String) -> SocketAddress? {
        let wanted = "an IP address, e.g. 127.0.0.1"
        guard let entry = value(key), let text = scalar(entry, wanted: wanted) else { return nil }
        guard let found = SettingsAddress.ip(text, port: 0) else {
            wrong(entry, text, wanted: wanted)
            return nil
        }
        return found
    }

    /// An IPv4 or IPv6 address without port; the returned port is 0.
    public mutating func address(_ key: String, default fallback: SocketAddress) -> SocketAddress {
        (address(key) ?? fallback).with(port: 0)
    }

    /// An address with its port, `127.0.0.1:3868` or `[::1]:3868`; without `:port` it takes `port`. Nil if absent.
    public mutating func endpoint(_ key: String, port: UInt16? = nil) -> SocketAddress? {
        let wanted = "an IP address and port, e.g. 127.0.0.1:\(port ?? 3868)"
        guard let entry = value(key), let text = scalar(entry, wanted: wanted) else { return nil }
        guard let found = SettingsAddress.endpoint(text, port: port) else {
            wrong(entry, text, wanted: wanted)
            return nil
        }
        return found
    }

    /// An address with its port.
    public mutating func endpoint(_ key: String, default fallback: SocketAddress) -> SocketAddress {
        endpoint(key, port: fallback.port) ?? fallback
    }

    /// A list of addresses with ports.
    public mutating func endpoints(
        _ key: String, default fallback: [SocketAddress], port: UInt16? = nil
    ) -> [SocketAddress] {
        let wanted = "a list of IP addresses and ports, e.g. [127.0.0.1:\(port ?? 3868)]"
        guard let entry = value(key), let found = items(entry, wanted: wanted) else { return fallback }
        var addresses: [SocketAddress] = []
        for item in found {
            guard let address = SettingsAddress.endpoint(item.text, port: port) else {
                wrong(entry, item.text, wanted: wanted, line: item.line)
                continue
            }
            addresses.append(address)
        }
        return addresses
    }

    /// A map of host names to addresses, `name: ip[:port]`; port 0 where none is written. Names in lower case.
    public mutating func hosts(_ key: String) -> [(name: String, address: SocketAddress)] {
        var found: [(name: String, address: SocketAddress)] = []
        for row in rows(key) {
            guard let address = SettingsAddress.endpoint(row.text, port: 0) else {
                faults.append(
                    SettingsFault(
                        line: row.line, problem: "`\(shown(key)).\(row.name)` is \"\(row.text)\"",
                        cure: "write an IP address, with :port if it is not the usual one, e.g. 127.0.0.1:4060"))
                continue
            }
            found.append((row.name.lowercased(), address))
        }
        return found
    }
}

/// Addresses as instance files write them: `1.2.3.4`, `1.2.3.4:5060`, `fd00::1`, `[fd00::1]:5060`.
enum SettingsAddress {
    static func ip(_ text: String, port: UInt16) -> SocketAddress? { SocketAddress(text, port: port) }

    /// With `port` nil the text must carry one.
    static func endpoint(_ text: String, port: UInt16?) -> SocketAddress? {
        if let port, let plain = SocketAddress(text, port: port) { return plain }
        guard let address = SocketAddress(endpoint: text), address.port > 0 else { return nil }
        return address
    }
}
