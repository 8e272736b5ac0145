import Foundation
import LabHarness

/// A Diameter message as bytes, written and read by the simplest means (RFC 6733 §3, §4.1), with none of the product's code.
struct DiameterBytes {
    var flags: UInt8
    var command: UInt32
    var application: UInt32 = 0
    var hopByHop: UInt32
    var endToEnd: UInt32
    var avps: [UInt8] = []

    static let request: UInt8 = 0x80

    init(command: UInt32, flags: UInt8 = DiameterBytes.request, application: UInt32 = 0, id: UInt32 = 1) {
        self.command = command
        self.flags = flags
        self.application = application
        hopByHop = id
        endToEnd = id
    }

    mutating func add(_ code: UInt32, vendor: UInt32? = nil, _ value: [UInt8]) {
        let header = vendor == nil ? 8 : 12
        avps +=
            Self.octets(code) + [vendor == nil ? 0x40 : 0xc0] + Self.octets(UInt32(header + value.count)).dropFirst()
        if let vendor { avps += Self.octets(vendor) }
        avps += value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }

    mutating func add(_ code: UInt32, vendor: UInt32? = nil, text: String) {
        add(code, vendor: vendor, Array(text.utf8))
    }

    mutating func add(_ code: UInt32, vendor: UInt32? = nil, number: UInt32) {
        add(code, vendor: vendor, Self.octets(number))
    }

    var bytes: [UInt8] {
        let length = UInt32(20 + avps.count)
        return [1] + Self.octets(length).dropFirst() + [flags] + Self.octets(command).dropFirst()
            + Self.octets(application) + Self.octets(hopByHop) + Self.octets(endToEnd) + avps
    }

    /// Takes one message off the front of what a stream has delivered, if it is there whole.
    init?(takingFrom buffer: inout [UInt8]) {
        guard buffer.count >= 20 else { return nil }
        let length = Int(Self.number(buffer[1..<4]))
        guard length >= 20, buffer.count >= length else { return nil }
        flags = buffer[4]
        command = Self.number(buffer[5..<8])
        application = Self.number(buffer[8..<12])
        hopByHop = Self.number(buffer[12..<16])
        endToEnd = Self.number(buffer[16..<20])
        avps = Array(buffer[20..<length])
        buffer.removeFirst(length)
    }

    /// The value of the first AVP with this code.
    func value(_ code: UInt32) -> [UInt8]? {
        var rest = avps[...]
        while rest.count >= 8 {
            let start = rest.startIndex
            let length = Int(Self.number(rest[start + 5..<start + 8]))
            let header = rest[start + 4] & 0x80 == 0 ? 8 : 12
            guard length >= header, length <= rest.count else { return nil }
            if Self.number(rest[start..<start + 4]) == code { return Array(rest[start + header..<start + length]) }
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return nil
    }

    /// Result-Code, or the Experimental-Result-Code.
    var result: UInt32? {
        if let code = value(268) { return Self.number(code[...]) }
        return value(297).flatMap { grouped in
            var inner = self
            inner.avps = grouped
            return inner.value(298).map { Self.number($0[...]) }
        }
    }

    private static func octets(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> UInt32 {
        octets.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// A Diameter peer of the HSS under the test's control.
final class DiameterPeer {
    static let cx: UInt32 = 16_777_216
    static let hosts = ["probe1.\(Subscriber.domain)", "probe2.\(Subscriber.domain)"]

    /// Data of a Vendor-Specific-Application-Id for Cx, RFC 6733 §6.11.
    static let cxApplication: [UInt8] = {
        var group = DiameterBytes(command: 0)
        group.add(266, number: 10415)
        group.add(258, number: cx)
        return group.avps
    }()

    let host: String
    private let stream: Socket
    private var buffer: [UInt8] = []
    private var lastID: UInt32 = 0x7000_0000

    init(_ address: Loopback, to hss: Endpoint, host: String = DiameterPeer.hosts[0]) throws {
        self.host = host
        stream = try Socket(.stream, on: address)
        try stream.connect(to: hss)
    }

    func message(_ command: UInt32, application: UInt32 = 0) -> DiameterBytes {
        lastID += 1
        var message = DiameterBytes(command: command, application: application, id: lastID)
        if application != 0 { message.add(263, text: "\(host);1;\(lastID)") }
        message.add(264, text: host)
        message.add(296, text: Subscriber.domain)
        return message
    }

    /// Capabilities-Exchange-Request, RFC 6733 §5.3.1, for Cx.
    func capabilitiesExchange() -> DiameterBytes {
        var cer = message(257)
        let octets = (0..<4).map { UInt8(stream.local.address.number >> (24 - 8 * UInt32($0)) & 255) }
        cer.add(257, [0, 1] + octets)
        cer.add(266, number: 10415)
        cer.add(269, text: "probe")
        cer.add(265, number: 10415)
        cer.add(260, Self.cxApplication)
        return cer
    }

    /// User-Authorization-Request, TS 29.229 §6.1.1.
    func userAuthorization(_ subscriber: Subscriber) -> DiameterBytes {
        var uar = message(300, application: Self.cx)
        uar.flags |= 0x40
        uar.add(283, text: Subscriber.domain)
        uar.add(277, number: 1)
        uar.add(260, Self.cxApplication)
        uar.add(1, text: subscriber.impi)
        uar.add(601, vendor: 10415, text: subscriber.impu)
        uar.add(600, vendor: 10415, text: Subscriber.domain)
        return uar
    }

    func send(_ message: DiameterBytes) throws { try stream.write(message.bytes) }

    func send(raw bytes: [UInt8]) throws { try stream.write(bytes) }

    /// The next message; nil when the connection is closed or nothing comes.
    func receive(within seconds: Double = 20) throws -> DiameterBytes? {
        let deadline = Deadline(seconds: seconds)
        while true {
            if let message = DiameterBytes(takingFrom: &buffer) { return message }
            guard let bytes = try stream.receive(by: deadline), !bytes.isEmpty else { return nil }
            buffer += bytes
        }
    }

    /// The answer to `request`; requests of the other side (watchdogs) are passed over.
    func ask(_ request: DiameterBytes) throws -> DiameterBytes {
        try send(request)
        while let message = try receive() {
            if message.hopByHop == request.hopByHop && message.flags & DiameterBytes.request == 0 { return message }
        }
        throw HarnessError("command \(request.command) was not answered")
    }

    /// Whether the other side closes the connection.
    func isClosed(within seconds: Double = 20) throws -> Bool {
        let deadline = Deadline(seconds: seconds)
        while let bytes = try stream.receive(by: deadline) {
            if bytes.isEmpty { return true }
        }
        return false
    }
}
