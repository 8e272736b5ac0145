/// What to do with received bytes (RFC 3261 §8.2, §16.3, §18.3; RFC 4475).
public enum SIPVerdict: Sendable {
    /// A message that may be processed.
    case message(SIPMessage)
    /// A request that is answered with this status; the message holds what a response must copy.
    case refuse(SIPMessage, status: Int, reason: String)
    /// Silence: a broken response or ACK, noise, or a keep-alive. The text is for the log.
    case drop(String)
}
