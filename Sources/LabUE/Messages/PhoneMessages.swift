import RoleKit
public import SMS

/// What a phone does with a short message that comes.
public enum MessageHabit: Equatable, Sendable {
    /// Shows it and acknowledges it.
    case take
    /// Has no memory left: RP-ERROR with cause 22.
    case full
    /// Shows it, and its delivery report is lost.
    case silent
}

/// What became of a short message a phone has sent.
public enum ShortMessageOutcome: Equatable, Sendable {
    /// RP-ACK: the service centre has it.
    case accepted
    /// RP-ERROR.
    case refused(RPCause)
    /// No report came in time (TS 24.011 §10, TR1M).
    case unreported
    /// Its MESSAGE was refused.
    case notSent(status: Int, reason: String)
}

/// A phone's short messages: references, what is under way, what it has had already.
struct PhoneMessages: Sendable {
    /// RP- and TP-Message-Reference of the next.
    var reference: UInt8 = 0
    /// Reference of the next text of several parts.
    var text: UInt8 = 0
    var habit = MessageHabit.take
    /// Short messages shown, and status reports.
    var received = 0
    var reports = 0
    private var seen: [[UInt8]] = []
    private var parts: [(key: [UInt8], texts: [UInt8: String])] = []

    /// Messages remembered, and texts of which parts are missing.
    private static let mostSeen = 64
    private static let mostParts = 16

    /// False where this message was here before: the same reference, sender, time stamp and user data, by which phones tell
    /// that a service centre repeats one because it has missed the report.
    mutating func isNew(_ message: SMSDeliver, _ reference: UInt8) -> Bool {
        let data = message.userData
        let mark = [reference] + message.originator.octets + message.time.octets + [data.length] + data.octets
        guard !seen.contains(mark) else { return false }
        seen.append(mark)
        if seen.count > Self.mostSeen { seen.removeFirst() }
        return true
    }

    /// The text a message completes; nil while parts of it are missing (TS 23.040 §9.2.3.24.1).
    mutating func text(of message: SMSDeliver) -> String? {
        let text = ShortText.text(message.userData, message.coding)
        guard let place = ShortText.place(of: message.userData), place.count > 1 else { return text }
        let key =
            message.originator.octets
            + [UInt8(place.reference >> 8), UInt8(place.reference & 0xFF), place.count]
        let index = parts.firstIndex { $0.key == key } ?? parts.count
        if index == parts.count { parts.append((key, [:])) }
        parts[index].texts[place.number] = text
        let texts = parts[index].texts
        guard texts.count == Int(place.count) else {
            if parts.count > Self.mostParts { parts.removeFirst() }
            return nil
        }
        parts.remove(at: index)
        return texts.sorted { $0.key < $1.key }.map(\.value).joined()
    }

    mutating func nextReference() -> UInt8 {
        reference &+= 1
        return reference
    }
}

/// A short message of a phone between its MESSAGE and the report of the service centre.
struct FleetSubmission: Sendable {
    let phone: Int
    let reference: UInt8
    let callID: String
    let timer: TimerID
}
