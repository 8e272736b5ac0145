import IPsec
import Testing

/// What the kernel says, read back; what it cuts short, left out.
@Suite("XFRM replies") struct XFRMReplyTests {
    private static let ours = HostAddress(isV6: true, high: 0x2001_0DB8_0000_0000, low: 1)
    private static let theirs = HostAddress(isV6: true, high: 0x2001_0DB8_0000_0000, low: 2)
    private static let selector = XFRMSelector(
        source: theirs, sourcePort: 31_800, destination: ours, destinationPort: 5_066, owner: 7)

    private func state() throws -> [UInt8] {
        let state = XFRMState(
            selector: Self.selector, spi: 70_000, requestID: 99, suite: try #require(IPsecSuite("null/aes-gcm")),
            keys: SAKeys(integrity: [], encryption: Array(repeating: 1, count: 20)))
        // A dump's entry has the shape of the request that made it.
        return XFRMRequest.addState(state).bytes(sequence: 5)
    }

    @Test("A dump of states and policies gives back what was added")
    func dump() throws {
        let policy = XFRMPolicy(selector: Self.selector, direction: .in, action: .protect(requestID: 99))
        let replies = XFRMReply.read(try state() + XFRMRequest.addPolicy(policy).bytes(sequence: 6) + done(6))
        try #require(replies.count == 3)
        guard case .state(5, let found) = replies[0], case .policy(6, let rule) = replies[1] else {
            Issue.record("\(replies)")
            return
        }
        #expect(found.id == XFRMState.ID(destination: Self.ours, spi: 70_000))
        #expect(found.selector == Self.selector && found.requestID == 99 && found.packets == 0)
        #expect(rule.selector == Self.selector && rule.direction == .in && rule.requestID == 99)
        #expect(replies[2] == .done(sequence: 6))
    }

    @Test("A refusal has the kernel's own words, where it has any")
    func refusal() {
        let words = attribute(1, Array("Requested COMP not found\0".utf8))
        let repeated = XFRMRequest.deleteState(XFRMState.ID(destination: Self.ours, spi: 70_000)).bytes(sequence: 3)
        let plain = message(2, flags: 0, sequence: 3, int(-17) + repeated)
        let whole = message(2, flags: 0x200, sequence: 3, int(-93) + repeated + words)
        let capped = message(2, flags: 0x300, sequence: 3, int(-93) + repeated.prefix(16) + words)
        #expect(XFRMReply.read(plain) == [.refused(sequence: 3, code: 17, text: "")])
        let refused = XFRMReply.refused(sequence: 3, code: 93, text: "Requested COMP not found")
        #expect(XFRMReply.read(whole) == [refused])
        #expect(XFRMReply.read(capped) == [refused])
        #expect(XFRMReply.read(message(2, flags: 0, sequence: 4, int(0))) == [.acknowledged(sequence: 4)])
    }

    @Test("A state without algorithms is larval, whatever else it has")
    func larval() throws {
        let whole = try state()
        let bare = message(XFRM.newState, flags: 0, sequence: 5, whole[16..<16 + XFRM.stateLength])
        let replies = XFRMReply.read(whole + bare)
        let larval = replies.map { if case .state(_, let report) = $0 { report.isLarval } else { false } }
        #expect(larval == [false, true])
    }

    @Test("An expiry names its state, and says whether it is the end")
    func expiry() throws {
        let body = Array(try state()[16..<16 + XFRM.stateLength]) + [1, 0, 0, 0, 0, 0, 0, 0]
        let id = XFRMState.ID(destination: Self.ours, spi: 70_000)
        #expect(XFRMReply.read(message(0x18, flags: 0, sequence: 0, body)) == [.expired(id, isHard: true)])
        var soft = body
        soft[XFRM.stateLength] = 0
        #expect(XFRMReply.read(message(0x18, flags: 0, sequence: 0, soft)) == [.expired(id, isHard: false)])
    }

    @Test("Cut anywhere, nothing is read beyond the end")
    func truncated() throws {
        let whole = try state() + done(1)
        for length in 0..<whole.count { #expect(XFRMReply.read(Array(whole.prefix(length))).count <= 1) }
        var lying = try state()
        lying.replaceSubrange(0..<4, with: int(1 << 20))
        #expect(XFRMReply.read(lying).isEmpty)
        #expect(XFRMReply.read(int(0) + int(0)).isEmpty)
    }

    private func int(_ value: Int32) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

    private func attribute(_ type: UInt16, _ body: [UInt8]) -> [UInt8] {
        let head = withUnsafeBytes(of: UInt16(body.count + 4)) { Array($0) } + withUnsafeBytes(of: type) { Array($0) }
        return head + body + Array(repeating: 0, count: (4 - body.count % 4) % 4)
    }

    private func message(_ type: UInt16, flags: UInt16, sequence: Int32, _ body: some Collection<UInt8>) -> [UInt8] {
        int(Int32(body.count + 16)) + withUnsafeBytes(of: type) { Array($0) }
            + withUnsafeBytes(of: flags) { Array($0) } + int(sequence) + int(0) + body
    }

    private func done(_ sequence: Int32) -> [UInt8] { message(3, flags: 2, sequence: sequence, int(0)) }
}
