import IMSCore
import SIP

/// What a SUBSCRIBE asks for, RFC 6665 §4.2.1.1 and RFC 3680 §4.
struct RegEventRequest: Sendable {
    var event: EventHeader
    /// Seconds asked for; 0 unsubscribes or fetches once.
    var seconds: Int

    /// Why a SUBSCRIBE is not taken.
    enum Refusal: Error, Equatable {
        /// 489 with Allow-Events.
        case badEvent
        /// 406: the subscriber cannot read reginfo.
        case notAcceptable
        /// 423 with Min-Expires.
        case tooBrief(minimum: Int)
        case malformed
    }

    /// RFC 3680 §4.3.
    static let standardSeconds = 3_761
    /// Below an hour a notifier may refuse what is shorter than this (RFC 6665 §4.2.1.1).
    static let minimumSeconds = 60
    /// What is longer is granted this: the time phones ask registrations for (TS 24.229 §5.1.1.2.1), and a little.
    static let maximumSeconds = 604_800

    init(_ message: SIPMessage) throws(Refusal) {
        guard let event = EventHeader(message), event.package == RegInfo.package else { throw .badEvent }
        self.event = event
        guard Self.acceptsRegInfo(message) else { throw .notAcceptable }
        let asked: Int?
        do { asked = try message.integer(.expires) } catch { throw .malformed }
        let seconds = asked ?? Self.standardSeconds
        guard seconds == 0 || seconds >= Self.minimumSeconds else { throw .tooBrief(minimum: Self.minimumSeconds) }
        self.seconds = min(seconds, Self.maximumSeconds)
    }

    /// RFC 3680 §4.5: without an Accept the package's own type is meant.
    private static func acceptsRegInfo(_ message: SIPMessage) -> Bool {
        guard message.has(.accept) else { return true }
        return message.texts(.accept).contains { value in
            let type = value.prefix { $0 != ";" && $0 != " " }.lowercased()
            return [RegInfo.contentType, "application/*", "*/*"].contains(type)
        }
    }
}
