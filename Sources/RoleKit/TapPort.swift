public enum TapDirection: UInt8, Sendable { case received, sent }

/// The one place every message in or out of an instance passes. The tap redacts secrets before it keeps anything.
public protocol TapPort: AnyObject, Sendable {
    /// A whole SIP message.
    func sip(_ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress, _ link: LinkKind)
    /// A whole Diameter message.
    func diameter(_ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress)
    /// A decision worth a line in a subscriber's timeline: "challenged", "registered", "registration expired".
    func event(_ text: String, impu: String, impi: String, callID: String)
}
