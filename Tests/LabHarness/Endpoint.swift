/// A loopback address and a port.
package struct Endpoint: Hashable, CustomStringConvertible {
    package let address: Loopback
    package let port: UInt16

    package var description: String { "\(address):\(port)" }

    package init(_ address: Loopback, _ port: UInt16) {
        self.address = address
        self.port = port
    }
}
