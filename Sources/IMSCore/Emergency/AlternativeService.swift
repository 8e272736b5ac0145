/// The 3GPP IM CN subsystem XML body that tells a UE to seek another way, TS 24.229 §7.6.
public struct AlternativeService: Equatable, Sendable {
    /// TS 24.229 §7.6.4.
    public static let contentType = "application/3gpp-ims+xml"

    /// TS 24.229 §7.6.3, `type`.
    public enum Kind: String, Sendable { case emergency, restoration }

    /// TS 24.229 §7.6.3, `action`.
    public enum Action: String, CaseIterable, Sendable {
        /// Register for emergencies and call again.
        case emergencyRegistration = "emergency-registration"
        /// Call again without registration.
        case anonymousEmergencyCall = "anonymous-emergencycall"
        /// Register anew.
        case initialRegistration = "initial-registration"
    }

    public var kind: Kind
    /// Text for the user.
    public var reason: String
    /// Nil: the UE chooses, which means the circuit-switched network where there is one.
    public var action: Action?

    public init(_ kind: Kind, reason: String, action: Action? = nil) {
        self.kind = kind
        self.reason = reason
        self.action = action
    }

    /// The document in UTF-8.
    public var xml: [UInt8] {
        var writer = XMLWriter()
        writer.element("ims-3gpp", attributes: [("version", "1")]) { writer in
            writer.element("alternative-service") { writer in
                writer.element("type", kind.rawValue)
                writer.element("reason", reason)
                writer.element("action", action?.rawValue)
            }
        }
        return writer.bytes
    }
}
