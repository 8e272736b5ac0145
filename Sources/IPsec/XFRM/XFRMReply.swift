/// What the kernel says on the netlink socket.
public enum XFRMReply: Equatable, Sendable {
    /// Done as asked.
    case acknowledged(sequence: UInt32)
    /// Refused: `errno`, and the kernel's own words where it has any (extended acknowledgement).
    case refused(sequence: UInt32, code: Int32, text: String)
    case state(sequence: UInt32, XFRMStateReport)
    case policy(sequence: UInt32, XFRMPolicyReport)
    /// The end of a dump.
    case done(sequence: UInt32)
    /// A state has run out: hard, and the kernel has ended it; soft, and it soon will.
    case expired(XFRMState.ID, isHard: Bool)
    case stateCount(Int)
    case policyCount(Int)

    /// All messages of one datagram. What is not understood or cut short is left out.
    public static func read(_ datagram: [UInt8]) -> [XFRMReply] { datagram.withUnsafeBytes { read($0) } }

    /// The same in place: the states the kernel tells of have their keys with them, which are not copied.
    public static func read(_ datagram: UnsafeRawBufferPointer) -> [XFRMReply] {
        var replies: [XFRMReply] = []
        var rest = NetlinkReader(datagram)
        while let message = rest.next() {
            if let reply = reply(message) { replies.append(reply) }
        }
        return replies
    }

    private static func reply(_ message: NetlinkReader.Message) -> XFRMReply? {
        switch message.type {
        case Netlink.error: outcome(message)
        case Netlink.done: .done(sequence: message.sequence)
        case XFRM.newState: state(message.body).map { .state(sequence: message.sequence, $0) }
        case XFRM.newPolicy: policy(message.body).map { .policy(sequence: message.sequence, $0) }
        case XFRM.expire: expiry(message.body)
        case XFRM.newStateInfo: stateCount(message.body)
        case XFRM.newPolicyInfo: policyCount(message.body)
        default: nil
        }
    }

    /// `struct nlmsgerr`, and behind the request it repeats the kernel's words.
    private static func outcome(_ message: NetlinkReader.Message) -> XFRMReply? {
        let body = message.body
        guard let code: Int32 = body.number(at: 0) else { return nil }
        guard code != 0 else { return .acknowledged(sequence: message.sequence) }
        var text = ""
        if message.flags & Netlink.extended != 0, let length: UInt32 = body.number(at: 4) {
            // Repeated whole or, where capped, only its header.
            let repeated = message.flags & Netlink.capped != 0 ? Netlink.headerLength : Int(length)
            text = body.attribute(Netlink.extendedMessage, from: 4 + (repeated + 3) / 4 * 4)?.text ?? ""
        }
        return .refused(sequence: message.sequence, code: -code, text: text)
    }

    /// `struct xfrm_usersa_info`
    private static func state(_ body: NetlinkReader.Body) -> XFRMStateReport? {
        guard body.count >= XFRM.stateLength, let selector = body.selector(at: 0), let family = body.stateFamily,
            let destination = body.address(at: 56, family), let spi: UInt32 = body.number(at: 72),
            let octets: UInt64 = body.number(at: 160), let packets: UInt64 = body.number(at: 168),
            let replayed: UInt32 = body.number(at: 196), let forged: UInt32 = body.number(at: 200),
            let requestID: UInt32 = body.number(at: 208)
        else { return nil }
        let algorithms = [XFRM.algorithmCrypt, XFRM.algorithmAuth, XFRM.algorithmAuthTruncated, XFRM.algorithmAEAD]
        return XFRMStateReport(
            id: XFRMState.ID(destination: destination, spi: UInt32(bigEndian: spi)), selector: selector,
            requestID: requestID, octets: octets, packets: packets, replayed: replayed, forged: forged,
            isLarval: algorithms.allSatisfy { body.attribute($0, from: XFRM.stateLength) == nil })
    }

    /// `struct xfrm_userpolicy_info`
    private static func policy(_ body: NetlinkReader.Body) -> XFRMPolicyReport? {
        guard body.count >= XFRM.policyLength, let selector = body.selector(at: 0),
            let priority: UInt32 = body.number(at: 152), let index: UInt32 = body.number(at: 156),
            let value: UInt8 = body.number(at: 160), let direction = XFRMPolicy.Direction(rawValue: value)
        else { return nil }
        let requestID: UInt32? = body.attribute(XFRM.template, from: XFRM.policyLength)?.number(at: 44)
        return XFRMPolicyReport(
            selector: selector, direction: direction, index: index, priority: priority, requestID: requestID)
    }

    /// `struct xfrm_user_expire`
    private static func expiry(_ body: NetlinkReader.Body) -> XFRMReply? {
        guard let report = state(body), let isHard: UInt8 = body.number(at: XFRM.stateLength) else { return nil }
        return .expired(report.id, isHard: isHard != 0)
    }

    /// Flags, and behind them `XFRMA_SAD_CNT`.
    private static func stateCount(_ body: NetlinkReader.Body) -> XFRMReply? {
        let count: UInt32? = body.attribute(XFRM.stateCount, from: 4)?.number(at: 0)
        return count.map { .stateCount(Int($0)) }
    }

    /// Flags, and behind them `struct xfrmu_spdinfo`: in, out and forward; those of sockets come after.
    private static func policyCount(_ body: NetlinkReader.Body) -> XFRMReply? {
        guard let info = body.attribute(XFRM.policyCounts, from: 4), let inward: UInt32 = info.number(at: 0),
            let outward: UInt32 = info.number(at: 4), let forward: UInt32 = info.number(at: 8)
        else { return nil }
        return .policyCount(Int(inward) + Int(outward) + Int(forward))
    }
}
