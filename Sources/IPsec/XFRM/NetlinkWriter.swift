/// Writes a netlink message: header, then fields in the order of the kernel's structs, then attributes.
///
/// Numbers are in host order except where a field is the network's.
struct NetlinkWriter {
    private(set) var bytes: [UInt8] = []
    /// Where this message begins.
    private let start: Int

    /// No message is longer. Keys lie in some: an array that has to grow would leave a copy of them behind.
    static let longest = 512

    /// Header of netlink(7) behind what is in `datagram` already, which is empty until `finish` gives it back.
    init(continuing datagram: inout [UInt8], type: UInt16, flags: UInt16, sequence: UInt32) {
        start = datagram.count
        swap(&bytes, &datagram)
        number(UInt32(0))
        number(type)
        number(flags)
        number(sequence)
        number(UInt32(0))
    }

    mutating func number(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    mutating func bytes(of secret: SecretOctets) { secret.withBytes { bytes.append(contentsOf: $0) } }

    mutating func network(_ value: some FixedWidthInteger) { number(value.bigEndian) }

    mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

    /// `xfrm_address_t`: sixteen octets, an IPv4 address in the first four.
    mutating func address(_ address: HostAddress) {
        if address.isV6 {
            network(address.high)
            network(address.low)
        } else {
            network(UInt32(truncatingIfNeeded: address.low))
            zeros(12)
        }
    }

    /// An attribute, padded to four octets.
    mutating func attribute(_ type: UInt16, _ body: (inout NetlinkWriter) -> Void) {
        let start = bytes.count
        number(UInt16(0))
        number(type)
        body(&self)
        set(UInt16(bytes.count - start), at: start)
        zeros((4 - bytes.count % 4) % 4)
    }

    private mutating func set(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: value) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
    }

    /// Writes the message's length, and gives the datagram back.
    mutating func finish(_ datagram: inout [UInt8]) {
        set(UInt32(bytes.count - start), at: start)
        swap(&bytes, &datagram)
    }
}

/// Numbers of linux/netlink.h.
enum Netlink {
    static let headerLength = 16
    static let error: UInt16 = 2
    static let done: UInt16 = 3

    static let request: UInt16 = 0x1
    static let acknowledge: UInt16 = 0x4
    static let exclusive: UInt16 = 0x200
    static let create: UInt16 = 0x400
    static let dump: UInt16 = 0x300
    static let capped: UInt16 = 0x100
    static let extended: UInt16 = 0x200
    static let extendedMessage: UInt16 = 1
}
