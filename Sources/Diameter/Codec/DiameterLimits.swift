/// What one message may cost us. A peer that sends more is answered or disconnected, never served with memory.
public enum DiameterLimits {
    /// Longest message accepted. The header allows 16 MiB; the largest honest Cx message (SAA with a big profile) is
    /// far below this.
    public static let messageBytes = 1 << 20
    /// AVPs in one message, nested ones included.
    public static let avpsInMessage = 2048
    /// Grouped AVPs inside grouped AVPs.
    public static let groupDepth = 8
    /// Faults remembered of one message.
    public static let faultsInMessage = 16
    /// Header of a message, RFC 6733 §3.
    public static let headerBytes = 20
}
