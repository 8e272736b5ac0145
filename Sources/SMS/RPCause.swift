/// Why a relay-layer message was refused, TS 24.011 §8.2.5.4, table 8.4.
public struct RPCause: Hashable, Sendable, CustomStringConvertible {
    /// Seven bits.
    public let value: UInt8

    public init(_ value: UInt8) { self.value = value & 0x7F }

    public static let unassignedNumber = RPCause(1)
    public static let transferRejected = RPCause(21)
    public static let memoryCapacityExceeded = RPCause(22)
    public static let destinationOutOfOrder = RPCause(27)
    public static let unidentifiedSubscriber = RPCause(28)
    public static let networkOutOfOrder = RPCause(38)
    public static let temporaryFailure = RPCause(41)
    public static let congestion = RPCause(42)
    public static let facilityNotImplemented = RPCause(69)
    public static let invalidReference = RPCause(81)
    public static let semanticallyIncorrect = RPCause(95)
    public static let invalidMandatoryInformation = RPCause(96)
    public static let messageTypeNonExistent = RPCause(97)
    public static let protocolError = RPCause(111)

    /// Every cause of the table; a value that is not in it counts as 41 from the network and 111 from a phone.
    public static let names: [(value: UInt8, name: String)] = [
        (1, "unassigned number"), (8, "operator determined barring"), (10, "call barred"),
        (11, "reserved"), (21, "short message transfer rejected"), (22, "memory capacity exceeded"),
        (27, "destination out of order"), (28, "unidentified subscriber"), (29, "facility rejected"),
        (30, "unknown subscriber"), (38, "network out of order"), (41, "temporary failure"), (42, "congestion"),
        (47, "resources unavailable"), (50, "requested facility not subscribed"),
        (69, "requested facility not implemented"), (81, "invalid short message transfer reference value"),
        (95, "semantically incorrect message"), (96, "invalid mandatory information"),
        (97, "message type non-existent or not implemented"),
        (98, "message not compatible with short message protocol state"),
        (99, "information element non-existent or not implemented"), (111, "protocol error, unspecified"),
        (127, "interworking, unspecified"),
    ]

    public var description: String {
        let name = RPCause.names.first { $0.value == value }?.name
        return "cause \(value)" + (name.map { ", \($0)" } ?? "")
    }
}
