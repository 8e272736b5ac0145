import Foundation
import Synchronization

/// A loopback address, one of 127.0.0.0/8 or `::1`; in namespaces of a test's own another, too (`OutsideAddress`,
/// `LabNetwork`).
package struct Loopback: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 address in host order; 0 for an IPv6 address.
    package let number: UInt32
    /// The two halves of an IPv6 address.
    package let high: UInt64
    package let low: UInt64

    package static let ipv6 = Loopback(high: 0, low: 1)

    package init(number: UInt32) {
        (self.number, high, low) = (number, 0, 0)
    }

    package init(high: UInt64, low: UInt64) {
        (number, self.high, self.low) = (0, high, low)
    }

    package var isIPv6: Bool { number == 0 }

    /// As SIP writes it (RFC 3261 §25.1: an IPv6 address stands in brackets).
    package var description: String {
        isIPv6 ? "[\(text)]" : text
    }

    /// As programs other than SIP's want it.
    package var text: String {
        guard isIPv6 else { return dotted }
        var octets = [high.bigEndian, low.bigEndian]
        var written = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &octets, &written, socklen_t(written.count)) != nil else { return "" }
        return String(decoding: written.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private var dotted: String {
        "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
    }
}

/// Addresses of one lab: sixteen for its nodes, and a thousand for UEs.
///
/// All lie in 127.0.0.0/8, derived from the process id and a counter, so that two labs, and two checkouts testing at
/// the same time, share no address and can all use the standard ports. Nodes are in 127.64.0.0/10, UEs in 127.128.0.0/9;
/// `akaload` and Kamailio's lab keep to 127.0/16 to 127.32/16.
package struct LabAddresses {
    package static let nodesPerLab: UInt32 = 16
    package static let maximumUEs = 1000
    private static let counter = Atomic<UInt32>(0)

    private let firstNode: UInt32
    private let firstUE: UInt32

    package init() {
        let process = UInt32(bitPattern: getpid())
        let lab = Self.counter.wrappingAdd(1, ordering: .relaxed).oldValue
        firstNode = 127 << 24 | 64 << 16 | (process & 0xfff) << 10 | (lab & 0x3f) << 4
        firstUE = 127 << 24 | 128 << 16 | (process & 0x1fff) << 10
    }

    package func node(_ index: UInt32) -> Loopback {
        Loopback(number: firstNode + index % Self.nodesPerLab)
    }

    /// The address of lab subscriber `number`'s phone (numbers count from 1 and wrap after `maximumUEs`).
    package func ue(_ number: Int) -> Loopback {
        Loopback(number: firstUE + 1 + UInt32((number - 1) % Self.maximumUEs))
    }

    /// All nodes, for a capture filter.
    package var network: String { "\(node(0))/28" }
}
