import CLinux
package import Foundation

/// What crosses an interface, seen by a packet(7) socket, as tcpdump sees it: ESP before it is opened.
package final class PacketWatch {
    private let descriptor: Int32
    private var seen = Traffic()
    private var packets: [[UInt8]] = []

    /// Watches an interface of the calling thread's namespace.
    package init(_ interface: String) throws {
        descriptor = linux_watch_packets(interface)
        guard descriptor >= 0 else {
            throw HarnessError("packets of \(interface) not watched: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// All there was until now. A packet somebody has received is among it, and all that came before that.
    package func traffic() throws -> Traffic {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var type: UInt32 = 0
            let count = linux_read_packet(descriptor, &buffer, buffer.count, &type)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { break }
            guard count >= 0 else { throw HarnessError("packets not read: \(String(cString: strerror(errno)))") }
            let packet = Array(buffer[..<count])
            seen.add(packet, type: type)
            if type == 0x0800 || type == 0x86DD { packets.append(packet) }
        }
        guard linux_lost_packets(descriptor) == 0 else { throw HarnessError("packets were lost to the watch") }
        return seen
    }

    /// The last ESP packet (IPv4) there was to this host, whole.
    package func lastESP(to host: Loopback) throws -> [UInt8]? {
        _ = try traffic()
        return packets.last { packet in
            packet.count >= 20 && packet[0] >> 4 == 4 && packet[9] == 50
                && packet[16..<20].map(String.init).joined(separator: ".") == host.text
        }
    }

    /// Sends a packet once more, out of the calling thread's namespace.
    package static func send(_ packet: [UInt8]) throws {
        guard linux_send_packet(packet, packet.count) == 0 else {
            throw HarnessError("packet not sent: \(String(cString: strerror(errno)))")
        }
    }

    /// Writes all there was until now into a file other programs read (pcap, link type 101: IP packets).
    package func write(to file: URL) throws {
        _ = try traffic()
        func octets(_ numbers: [UInt32]) -> [UInt8] {
            numbers.flatMap { n in (0..<4).map { UInt8(n >> ($0 * 8) & 255) } }
        }
        var bytes = octets([0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_536, 101])
        for (number, packet) in packets.enumerated() {
            let count = UInt32(packet.count)
            bytes += octets([UInt32(number), 0, count, count]) + packet
        }
        try Data(bytes).write(to: file)
    }
}

/// Packets of a link, told apart as far as protection goes.
package struct Traffic {
    /// A packet that is not ESP.
    package struct Clear: Sendable, CustomStringConvertible {
        package var transport: String
        package var source: String
        package var destination: String
        /// 0 where the protocol has none.
        package var sourcePort = 0
        package var destinationPort = 0
        /// First line of what it carries.
        package var start = ""
        /// ESP packets that had crossed the link before it.
        package var espBefore = 0

        package var description: String {
            "\(transport) \(source) \(sourcePort) > \(destination) \(destinationPort) \(start)"
        }

        /// The ports of a segment or datagram, and what it begins with.
        fileprivate mutating func read(_ segment: ArraySlice<UInt8>) {
            let head = Array(segment.prefix(20))
            guard head.count >= 8 else { return }
            sourcePort = Int(head[0]) << 8 | Int(head[1])
            destinationPort = Int(head[2]) << 8 | Int(head[3])
            let length = transport == "UDP" ? 8 : head.count > 12 ? Int(head[12] >> 4) * 4 : 20
            start = String(decoding: segment.dropFirst(length).prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        }

        /// Whether it begins as a SIP message does.
        package var isSIP: Bool { start.hasPrefix("SIP/2.0 ") || start.hasSuffix(" SIP/2.0") }

        /// UDP or TCP, between these two addresses, either way.
        package func isSignalling(between one: Loopback, and other: Loopback) -> Bool {
            ["UDP", "TCP"].contains(transport) && Set([source, destination]) == [one.text, other.text]
        }
    }

    package private(set) var esp = 0
    /// What hosts on one link say about themselves: ARP, neighbour discovery, group membership.
    package private(set) var housekeeping = 0
    package private(set) var clear: [Clear] = []

    fileprivate mutating func add(_ packet: [UInt8], type: UInt32) {
        switch type {
        case 0x0800: addIPv4(packet)
        case 0x86DD: addIPv6(packet)
        default: housekeeping += 1
        }
    }

    private mutating func addIPv4(_ packet: [UInt8]) {
        guard packet.count >= 20 else { return cut() }
        let isFirst = packet[6] & 0x1F == 0 && packet[7] == 0
        add(
            packet[9], packet, at: Int(packet[0] & 15) * 4, isFirst: isFirst, source: text(AF_INET, packet[12..<16]),
            destination: text(AF_INET, packet[16..<20]))
    }

    private mutating func addIPv6(_ packet: [UInt8]) {
        guard packet.count >= 40 else { return cut() }
        var (next, start, isFirst) = (packet[6], 40, true)
        // Hop-by-hop, routing, fragment and destination headers (RFC 8200 §4) stand before what is carried.
        while [0, 43, 44, 60].contains(next) {
            guard packet.count >= start + 8 else { return cut() }
            if next == 44 { isFirst = packet[start + 2] == 0 && packet[start + 3] & 0xF8 == 0 }
            let length = next == 44 ? 8 : (Int(packet[start + 1]) + 1) * 8
            (next, start) = (packet[start], start + length)
        }
        add(
            next, packet, at: start, isFirst: isFirst, source: text(AF_INET6, packet[8..<24]),
            destination: text(AF_INET6, packet[24..<40]))
    }

    private mutating func add(
        _ protocolNumber: UInt8, _ packet: [UInt8], at start: Int, isFirst: Bool, source: String, destination: String
    ) {
        let body = packet.dropFirst(start)
        if protocolNumber == 50 {
            esp += 1
        } else if Self.isHousekeeping(protocolNumber, firstOctet: body.first) {
            housekeeping += 1
        } else {
            let name = Self.transports[protocolNumber] ?? "protocol \(protocolNumber)"
            var found = Clear(transport: name, source: source, destination: destination, espBefore: esp)
            if isFirst && (name == "TCP" || name == "UDP") { found.read(body) }
            clear.append(found)
        }
    }

    private static let transports: [UInt8: String] = [1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMP"]

    /// IGMP; of ICMPv6 listener reports, router and neighbour messages.
    private static func isHousekeeping(_ protocolNumber: UInt8, firstOctet: UInt8?) -> Bool {
        guard protocolNumber == 58, let firstOctet else { return protocolNumber == 2 }
        return (130...137).contains(firstOctet) || firstOctet == 143
    }

    private mutating func cut() { clear.append(Clear(transport: "cut short", source: "", destination: "")) }

    private func text(_ family: Int32, _ octets: ArraySlice<UInt8>) -> String {
        var written = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let octets = Array(octets)
        guard inet_ntop(family, octets, &written, socklen_t(written.count)) != nil else { return "" }
        return String(decoding: written.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
