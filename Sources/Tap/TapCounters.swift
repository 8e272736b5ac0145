public import RoleKit

/// What one instance's tap has counted since its start.
public struct TapCounters: Sendable, Equatable {
    public var sipReceived = 0
    public var sipSent = 0
    public var diameterReceived = 0
    public var diameterSent = 0
    /// SIP responses sent, by class: index 1 is 1xx.
    public var sentByClass = [Int](repeating: 0, count: 7)

    public init() {}

    mutating func sip(_ direction: TapDirection, _ bytes: [UInt8]) {
        if direction == .received {
            sipReceived += 1
            return
        }
        sipSent += 1
        guard bytes.count > 12, bytes[0] == UInt8(ascii: "S"), bytes[3] == UInt8(ascii: "/") else { return }
        let digit = Int(bytes[8]) - 48
        if (1...6).contains(digit) { sentByClass[digit] += 1 }
    }

    mutating func diameter(_ direction: TapDirection) {
        if direction == .received { diameterReceived += 1 } else { diameterSent += 1 }
    }

    public var report: Report {
        .object([
            ("sip received", .number(sipReceived)), ("sip sent", .number(sipSent)),
            ("diameter received", .number(diameterReceived)), ("diameter sent", .number(diameterSent)),
            ("responses sent", .object((1...6).map { ("\($0)xx", .number(sentByClass[$0])) })),
        ])
    }
}
