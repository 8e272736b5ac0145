import LabWorld
import RoleKit
import SIP
import TestSupport

/// Another P-CSCF, held by strings: its REGISTERs go straight to an I- or S-CSCF.
final class MwPeer {
    let core: CoreWorld
    let puppet: Puppet
    let address: SocketAddress
    private var serial = 0

    static func address(_ host: UInt8 = 1) -> SocketAddress { SocketAddress(10, 0, 3, host, port: 5060) }

    /// A core whose `hosts:` name the peer of this host.
    static func core(
        host: UInt8 = 1, _ change: (inout CoreWorld.Options) -> Void = { _ in }
    ) throws -> CoreWorld {
        var options = CoreWorld.Options()
        options.neighbours = [address(host)]
        change(&options)
        return try CoreWorld(options)
    }

    init(_ core: CoreWorld, host: UInt8 = 1) throws {
        self.core = core
        address = Self.address(host)
        puppet = try Puppet(core.world, at: address, listensTCP: false, name: "mw-\(host)")
    }

    /// Authorization of a UE that says nothing of itself but who it is.
    static func authorization(_ impi: String, _ more: String = "") -> String {
        "Authorization: Digest username=\"\(impi)\",realm=\"\(CoreWorld.home)\",nonce=\"\",uri=\"sip:\(CoreWorld.home)\","
            + "response=\"\"\(more)\r\n"
    }

    /// Sends one REGISTER and lets happen what happens at once.
    ///
    /// - Parameter headers: whole lines besides those every REGISTER has; they name the contacts too.
    func register(
        to target: SocketAddress = CoreWorld.icscfAddress, uri: String = "sip:\(CoreWorld.home)", as identity: String,
        _ headers: String
    ) {
        serial += 1
        puppet.send(
            "REGISTER \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP \(address);branch=z9hG4bKmw\(serial)-\(address.port)\r\n"
                + "Max-Forwards: 69\r\nFrom: <\(identity)>;tag=1\r\nTo: <\(identity)>\r\nCall-ID: mw-\(address)\r\n"
                + "CSeq: \(serial) REGISTER\r\nRequire: path\r\n\(headers)Content-Length: 0\r\n\r\n", to: target)
        core.world.settle()
    }

    /// Final responses since the last call.
    func finals() -> [SIPMessage] {
        puppet.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }.filter(\.isFinal)
    }

    /// The next final response and how long it took to come.
    func waitForFinal(milliseconds: Int) -> (response: SIPMessage, after: Int)? {
        let start = core.world.clock.now
        var found: SIPMessage?
        core.world.advance(
            until: {
                found = self.finals().first
                return found != nil
            }, withinMilliseconds: milliseconds)
        return found.map { ($0, core.world.clock.now.milliseconds(since: start)) }
    }
}

extension CoreWorld {
    /// In the place of an S-CSCF something that answers every request with this status and counts them.
    func impersonate(scscf index: Int, status: Int, extra: String = "") throws -> Puppet {
        scscfNodes[index].crash()
        return try impersonate(Self.scscfAddress(index)) { request in
            var writer = SIPWriter.response(to: request, status: status, toTag: "x")
            if !extra.isEmpty { writer.add(.contact, extra) }
            return writer
        }
    }

    /// Something at this address that answers every request with what the closure writes.
    @discardableResult
    func impersonate(_ address: SocketAddress, _ answer: @escaping (SIPMessage) -> SIPWriter) throws -> Puppet {
        let puppet = try Puppet(world, at: address, name: "impostor-\(address)")
        impostors.append(puppet)
        puppet.onDatagram = { puppet, datagram in
            guard let request = try? SIPMessage(datagram.bytes), request.isRequest else { return }
            puppet.send(answer(request).finish(), to: datagram.from)
        }
        return puppet
    }
}
