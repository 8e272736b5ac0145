import Diameter
import Foundation
import LabHarness

/// A Diameter peer that keeps a number of MARs outstanding at one HSS.
final class DiameterClient {
    static let host = "bench.\(Subscriber.domain)"

    private let descriptor: Int32
    private var framer = DiameterFramer()
    private var nextID: UInt32 = 1

    init(to hss: Endpoint) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = hss.port.bigEndian
        address.sin_addr.s_addr = hss.address.number.bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw HarnessError("connect \(hss): \(String(cString: strerror(errno)))") }
        try send(capabilitiesExchange())
        guard try receive()?[Base.resultCode] == ResultCode.success.rawValue else {
            throw HarnessError("\(hss) refused the CER")
        }
    }

    deinit { close(descriptor) }

    /// Asks for `count` vectors, spread over `subscribers`, `window` at a time. Returns how many were given.
    func multimediaAuth(_ count: Int, subscribers: Int, window: Int) throws -> Int {
        var sent = 0
        var answered = 0
        var good = 0
        while answered < count {
            while sent < count && sent - answered < window {
                nextID += 1
                try send(
                    Self.multimediaAuthRequest(Subscriber(number: 1 + sent % subscribers), from: Self.host, id: nextID))
                sent += 1
            }
            guard let message = try receive() else { throw HarnessError("the HSS closed the connection") }
            if message.isRequest {
                try send(message.answer(.success, from: DiameterOrigin(host: Self.host, realm: Subscriber.domain)))
                continue
            }
            answered += 1
            if message[Base.resultCode] == ResultCode.success.rawValue, message.has(Cx.sipAuthDataItem) { good += 1 }
        }
        return good
    }

    private func capabilitiesExchange() -> DiameterMessage {
        var message = DiameterMessage(
            BaseCommands.capabilitiesExchange, application: 0, flags: [.request], hopByHop: 1, endToEnd: 1)
        message.add(Base.originHost, Self.host)
        message.add(Base.originRealm, Subscriber.domain)
        message.add(Base.hostIPAddress, .v4(0x7f00_0001))
        message.add(Base.vendorID, Vendor.threeGPP.rawValue)
        message.add(Base.productName, "imsbox-bench")
        message.add(Base.supportedVendorID, Vendor.threeGPP.rawValue)
        message.add(Base.vendorSpecificApplicationID, .applicationID(Application.cx, .threeGPP))
        return message
    }

    /// TS 29.229 §6.1.7
    static func multimediaAuthRequest(_ subscriber: Subscriber, from host: String, id: UInt32) -> DiameterMessage {
        var message = DiameterMessage(
            CxCommands.multimediaAuth, application: Application.cx, flags: [.request, .proxiable], hopByHop: id,
            endToEnd: id)
        message.add(Base.sessionID, "\(host);1780000000;\(id)")
        message.add(Base.vendorSpecificApplicationID, .applicationID(Application.cx, .threeGPP))
        message.add(Base.authSessionState, .noStateMaintained)
        message.add(Base.originHost, host)
        message.add(Base.originRealm, Subscriber.domain)
        message.add(Base.destinationRealm, Subscriber.domain)
        message.add(Base.userName, subscriber.impi)
        message.add(Cx.publicIdentity, subscriber.impu)
        message.add(Cx.sipNumberAuthItems, 1)
        message.add(Cx.sipAuthDataItem, AVPGroup { $0.add(Cx.sipAuthenticationScheme, "Digest-AKAv1-MD5") })
        message.add(Cx.serverName, "sip:scscf.\(Subscriber.domain):6060")
        return message
    }

    private func send(_ message: DiameterMessage) throws {
        let bytes = message.encode()
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw HarnessError("the HSS does not read: errno \(errno)") }
            sent += count
        }
    }

    private func receive() throws -> DiameterMessage? {
        while true {
            if let bytes = try framer.next() { return try DiameterMessage.decode(bytes).0 }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            framer.push(Array(buffer[..<count]))
        }
    }
}
