import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("RFC 3261 §16.3 item 4, RFC 5393: loops, spirals and Max-Forwards")
struct LoopTests {
    /// A request as the proxy it went to sends it on: its Via on top, one hop less.
    private func onward(
        _ request: SIPMessage, uri: String? = nil, via: SocketAddress, routes: [String] = []
    ) -> String {
        var edit = SIPEdit(request)
        edit.prepend(.via, "SIP/2.0/UDP \(via);branch=z9hG4bK-onward-\(request.cseqNumber ?? 0)")
        edit.set(.maxForwards, String(((try? request.integer(.maxForwards)) ?? nil).map { $0 - 1 } ?? 69))
        edit.removeAll(.route)
        for route in routes { edit.append(.route, route) }
        if let uri { edit.setRequestURI(uri) }
        return String(decoding: edit.serialize(), as: UTF8.self)
    }

    @Test("RFC 3261 §6 (spiral): a user calls its own number, through the same S-CSCF twice")
    func callsItself() throws {
        let pair = try Pair()
        pair.alice.answers = { [alice = pair.alice] request in
            request.method == .invite ? [alice.response(486, to: request)] : []
        }
        let call = pair.alice.call(pair.alice.uri)
        #expect(pair.alice.count(.invite) == 1)
        #expect(pair.alice.statuses(.invite) == [486])
        try call.acknowledgeFailure(try #require(pair.alice.responses.last { $0.method == .invite }))
        try pair.finish()
    }

    @Test("RFC 5393 §4.2: a UE forwards a call to another number: the same S-CSCF four times, no loop")
    func forwarded() throws {
        let pair = try Pair()
        let carol = try CallWorld.phone(3, in: pair.core)
        pair.bob.answers = { [self, bob = pair.bob] request in
            guard request.method == .invite else { return [] }
            let routes = ["<sip:\(CoreWorld.pcscfAddress);lr>"] + bob.serviceRoute
            return [onward(request, uri: carol.uri, via: bob.address, routes: routes)]
        }
        carol.answers = { $0.method == .invite ? [carol.response(486, to: $0)] : [] }
        _ = pair.alice.call(pair.bob.uri)
        #expect(carol.count(.invite) == 1)
        #expect(pair.bob.statuses(.invite) == [486])
    }

    @Test("RFC 5393 §4.2: a UE sends a call back to where it was sent: 482, not once more round")
    func sentBack() throws {
        let pair = try Pair()
        pair.bob.answers = { [self, bob = pair.bob, uri = pair.bob.uri] request in
            guard request.method == .invite else { return [] }
            let routes = ["<sip:\(CoreWorld.pcscfAddress);lr>"] + bob.serviceRoute
            return [onward(request, uri: uri, via: bob.address, routes: routes)]
        }
        _ = pair.alice.call(pair.bob.uri)
        #expect(pair.bob.count(.invite) == 1)
        #expect(pair.bob.statuses(.invite) == [482])
    }

    @Test(
        "RFC 3261 §16.3 item 4: an S-CSCF that sends a request back to the I-CSCF: unchanged it is a loop, changed a spiral",
        arguments: [true, false])
    func atTheICSCF(isChanged: Bool) throws {
        let pair = try Pair()
        let here = CoreWorld.scscfAddress(0)
        pair.core.kill(.scscf)
        let returning = try Puppet(pair.core.world, at: here, name: "returning")
        var requests: [SIPMessage] = []
        var statuses: [Int] = []
        returning.onDatagram = { [self, uri = pair.alice.tel] puppet, datagram in
            guard let message = try? SIPMessage(datagram.bytes) else { return }
            if !message.isRequest { return statuses.append(message.status) }
            requests.append(message)
            if requests.count > 1 { return }
            puppet.send(onward(message, uri: isChanged ? uri : nil, via: here), to: CoreWorld.icscfAddress)
        }
        let peer = try Puppet(pair.core.world, at: SocketAddress(10, 0, 3, 9, port: 5060), name: "peer")
        peer.send(
            "MESSAGE \(pair.bob.tel) SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.3.9:5060;branch=z9hG4bKl\r\nMax-Forwards: 70\r\n"
                + "From: <sip:x@example.org>;tag=1\r\nTo: <\(pair.bob.tel)>\r\nCall-ID: l\r\nCSeq: 1 MESSAGE\r\n"
                + "Content-Length: 0\r\n\r\n", to: CoreWorld.icscfAddress)
        pair.core.world.settle()
        #expect(requests.count == (isChanged ? 2 : 1))
        #expect(statuses == (isChanged ? [] : [482]))
    }

    @Test(
        "RFC 3261 §16.3 item 3, §16.6 step 3: each of the five visits takes one from Max-Forwards; at 0 it is 483",
        arguments: 0...6)
    func maxForwards(hops: Int) throws {
        let pair = try Pair()
        pair.bob.answers = { [bob = pair.bob] in [bob.response(200, to: $0)] }
        _ = pair.alice.initial("MESSAGE", to: pair.bob.uri, hops: hops)
        pair.core.world.settle()
        #expect(pair.alice.statuses(.message) == [hops < 5 ? 483 : 200])
        #expect(pair.bob.last(.message).flatMap { try? $0.integer(.maxForwards) } == (hops < 5 ? nil : hops - 5))
        try pair.finish()
    }
}
