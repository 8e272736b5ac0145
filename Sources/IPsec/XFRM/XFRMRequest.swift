/// What is asked of the kernel, as one netlink message each (linux/xfrm.h).
///
/// New states and policies are exclusive: an SPI that is taken is an error, not a replacement. SPIs are drawn here and
/// not by XFRM_MSG_ALLOCSPI, which costs a call more for each and leaves half a state behind if the rest fails.
public enum XFRMRequest: Sendable {
    case addState(XFRMState)
    case deleteState(XFRMState.ID)
    case getState(XFRMState.ID)
    case addPolicy(XFRMPolicy)
    case replacePolicy(XFRMPolicy)
    case deletePolicy(XFRMSelector, XFRMPolicy.Direction)
    case dumpStates
    case dumpPolicies
    case countStates
    case countPolicies

    public func bytes(sequence: UInt32) -> [UInt8] {
        var datagram: [UInt8] = []
        append(to: &datagram, sequence: sequence)
        return datagram
    }

    /// Octets to reserve for so many messages, so that no key is copied when a datagram grows.
    public static func capacity(_ messages: Int) -> Int { messages * NetlinkWriter.longest }

    /// Puts the message behind those in `datagram`.
    public func append(to datagram: inout [UInt8], sequence: UInt32) {
        var writer = NetlinkWriter(continuing: &datagram, type: type, flags: flags, sequence: sequence)
        switch self {
        case .addState(let state): writer.state(state)
        case .deleteState(let id), .getState(let id): writer.stateID(id)
        case .addPolicy(let policy), .replacePolicy(let policy): writer.policy(policy)
        case .deletePolicy(let selector, let direction): writer.policyID(selector, direction)
        case .dumpStates, .dumpPolicies: break  // A dump without a filter has no body.
        case .countStates, .countPolicies: writer.number(UInt32(0))  // Flags, of which there are none.
        }
        writer.finish(&datagram)
    }

    private var type: UInt16 {
        switch self {
        case .addState: XFRM.newState
        case .deleteState: XFRM.deleteState
        case .getState, .dumpStates: XFRM.getState
        case .addPolicy: XFRM.newPolicy
        case .replacePolicy: XFRM.updatePolicy
        case .deletePolicy: XFRM.deletePolicy
        case .dumpPolicies: XFRM.getPolicy
        case .countStates: XFRM.getStateInfo
        case .countPolicies: XFRM.getPolicyInfo
        }
    }

    private var flags: UInt16 {
        switch self {
        case .addState, .addPolicy: Netlink.request | Netlink.acknowledge | Netlink.create | Netlink.exclusive
        case .dumpStates, .dumpPolicies: Netlink.request | Netlink.dump
        case .deleteState, .getState, .replacePolicy, .deletePolicy, .countStates, .countPolicies:
            Netlink.request | Netlink.acknowledge
        }
    }
}

/// Numbers and sizes of linux/xfrm.h; a test compares them with the header.
public enum XFRM {
    public static let newState: UInt16 = 0x10
    public static let deleteState: UInt16 = 0x11
    public static let getState: UInt16 = 0x12
    public static let newPolicy: UInt16 = 0x13
    public static let deletePolicy: UInt16 = 0x14
    public static let getPolicy: UInt16 = 0x15
    public static let expire: UInt16 = 0x18
    public static let updatePolicy: UInt16 = 0x19
    public static let newStateInfo: UInt16 = 0x22
    public static let getStateInfo: UInt16 = 0x23
    public static let newPolicyInfo: UInt16 = 0x24
    public static let getPolicyInfo: UInt16 = 0x25

    public static let algorithmAuth: UInt16 = 1
    public static let algorithmCrypt: UInt16 = 2
    public static let template: UInt16 = 5
    public static let algorithmAEAD: UInt16 = 18
    public static let algorithmAuthTruncated: UInt16 = 20

    public static let stateCount: UInt16 = 1
    public static let policyCounts: UInt16 = 1

    public static let selectorLength = 56
    public static let stateLength = 224
    public static let stateIDLength = 24
    public static let policyLength = 168
    public static let policyIDLength = 64
    public static let templateLength = 64
    /// Multicast group of expiry events.
    public static let expiryGroup: UInt32 = 2

    static let esp: UInt8 = 50
    static let familyV4: UInt16 = 2
    static let familyV6: UInt16 = 10
    static let block: UInt8 = 1
    /// `XFRM_POLICY_ICMP`
    public static let coversErrors: UInt8 = 2
}
