import Foundation
import Synchronization

/// A loopback address, one of 127.0.0.0/8 or `::1`; now and then another (`OutsideAddress`).
package struct Loopback: Hashable, Sendable, CustomStringConvertible {
    /// In host order; 0 stands for `::1`.
    package let number: UInt32

    package static let ipv6 = Loopback(number: 0)

    package init(number: UInt32) {
        self.number = number
    }

    package var isIPv6: Bool { number == 0 }

    /// As SIP writes it (RFC 3261 §25.1: an IPv6 address stands in brackets).
    package var description: String {
        isIPv6 ? "[::1]" : "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
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
