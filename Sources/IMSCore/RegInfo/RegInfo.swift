/// A registration information document, RFC 3680 §5: what the body of a NOTIFY of the `reg` package says.
public struct RegInfo: Hashable, Sendable {
    /// RFC 3680 §5.4.
    public static let contentType = "application/reginfo+xml"
    /// Name of the event package, RFC 3680 §4.1.
    public static let package = "reg"

    /// RFC 3680 §5.2.
    public enum Completeness: String, Hashable, Sendable {
        /// Everything there is.
        case full
        /// What has changed since the document before.
        case partial
    }

    /// One more with each document of a subscription, from 0.
    public var version: UInt32
    public var completeness: Completeness
    public var registrations: [Registration]

    public init(version: UInt32, completeness: Completeness = .full, registrations: [Registration]) {
        self.version = version
        self.completeness = completeness
        self.registrations = registrations
    }

    /// The state of one address of record, RFC 3680 §5.3.1.
    public struct Registration: Hashable, Sendable {
        public enum State: String, Hashable, Sendable { case `init`, active, terminated }

        /// The public identity.
        public var aor: String
        /// The same in every document of a subscription.
        public var id: String
        public var state: State
        public var contacts: [Contact]

        public init(aor: String, id: String, state: State, contacts: [Contact]) {
            self.aor = aor
            self.id = id
            self.state = state
            self.contacts = contacts
        }
    }

    /// The state of one contact, RFC 3680 §5.3.2.
    public struct Contact: Hashable, Sendable {
        public enum State: String, Hashable, Sendable { case active, terminated }

        /// What brought the contact into its state, RFC 3680 §4.7.
        public enum Event: String, CaseIterable, Hashable, Sendable {
            case registered, created, refreshed, shortened, expired, deactivated, probation, unregistered, rejected
        }

        /// The same in every document of a subscription.
        public var id: String
        public var state: State
        public var event: Event
        public var uri: String
        public var displayName: String?
        /// Seconds left; what a `shortened` contact must have.
        public var expires: Int?
        /// Seconds to wait, with `probation`.
        public var retryAfter: Int?
        /// Preference, 0 to 1, as the UE wrote it.
        public var q: String?
        public var callID: String?
        public var cseq: UInt32?
        /// Contact header parameters that have no place of their own here, byte for byte.
        public var parameters: [Parameter] = []

        public init(id: String, state: State, event: Event, uri: String) {
            self.id = id
            self.state = state
            self.event = event
            self.uri = uri
        }
    }

    /// `unknown-param`, RFC 3680 §5.3.2.
    public struct Parameter: Hashable, Sendable {
        public var name: String
        /// As written, quotes included; empty where there is none.
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}

extension RegInfo.Contact.Event {
    /// Whether the contact is gone with it, RFC 3680 §4.7.2.
    public var isTerminating: Bool {
        switch self {
        case .registered, .created, .refreshed, .shortened: false
        case .expired, .deactivated, .probation, .unregistered, .rejected: true
        }
    }
}
