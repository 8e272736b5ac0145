public import RoleKit

/// A decision of a role, as `TapPort.event` reports it.
public final class TapEvent: Sendable {
    public let text: String
    public let impu: String
    public let impi: String
    public let callID: String

    public init(text: String, impu: String, impi: String, callID: String) {
        self.text = text
        self.impu = impu
        self.impi = impi
        self.callID = callID
    }
}

/// One thing an instance saw or did, already without secrets.
public struct TapEntry: Sendable {
    public enum Content: Sendable {
        case sip([UInt8])
        case diameter([UInt8])
        case event(TapEvent)

        /// The message's bytes; none for an event.
        public var bytes: [UInt8] {
            switch self {
            case .sip(let bytes), .diameter(let bytes): bytes
            case .event: []
            }
        }

        /// Bytes it counts for in a ring: those of the message, or of the event's texts.
        var size: Int {
            switch self {
            case .sip(let bytes), .diameter(let bytes): bytes.count
            case .event(let event):
                event.text.utf8.count + event.impu.utf8.count + event.impi.utf8.count + event.callID.utf8.count
            }
        }
    }

    public var time: Moment
    public var content: Content
    public var direction: TapDirection
    public var link: LinkKind
    public var local: SocketAddress
    public var remote: SocketAddress

    public init(
        time: Moment, content: Content, direction: TapDirection, link: LinkKind, local: SocketAddress,
        remote: SocketAddress
    ) {
        self.time = time
        self.content = content
        self.direction = direction
        self.link = link
        self.local = local
        self.remote = remote
    }
}
