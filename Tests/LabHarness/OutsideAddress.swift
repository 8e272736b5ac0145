/// An address outside loopback that only a namespace of the test's own has (RFC 5737).
///
/// Loopback's MTU is known and large; only outside it a message can be too long for a datagram (RFC 3261 §18.1.1).
package enum OutsideAddress {
    /// Runs `body` in a network namespace with this address.
    package static func run(_ body: @escaping @Sendable (Loopback) throws -> Void) throws {
        try Namespace.run {
            let address = Loopback(number: 0xC000_0201)
            let said = try Namespace.output("(ip link set lo up && ip address add \(address)/32 dev lo) 2>&1")
            guard said.isEmpty else { throw HarnessError("ip: \(said)") }
            try body(address)
        }
    }
}
