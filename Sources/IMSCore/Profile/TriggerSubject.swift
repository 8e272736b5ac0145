/// Which half of a session a request is in, TS 29.228 Annex B.2.3 and Annex E, `tDirectionOfRequest`.
public enum SessionCase: Int, Hashable, Sendable, CaseIterable {
    case originating = 0
    case terminating
    case terminatingUnregistered
    case originatingUnregistered
    /// After the served user's service has sent the request on to somebody else.
    case originatingCDIV

    /// On behalf of the served user rather than for it.
    public var isOriginating: Bool { self != .terminating && self != .terminatingUnregistered }

    /// Whether the served user is registered, as far as the case says it.
    public var isRegistered: Bool { self != .terminatingUnregistered && self != .originatingUnregistered }
}

/// What a REGISTER does, TS 29.228 Annex E, `tRegistrationType`.
public enum RegistrationType: Int, Hashable, Sendable, CaseIterable {
    case initial = 0
    case reRegistration
    case deRegistration
}

/// A request as trigger points look at it, TS 29.228 Annex B.2.3 and Annex F.
public protocol TriggerSubject {
    var triggerMethod: String { get }
    /// The Request-URI as written.
    var triggerURI: String { get }
    var sessionCase: SessionCase { get }
    /// Of a REGISTER; nil for every other method.
    var registrationType: RegistrationType? { get }
    /// Whether the served user is registered, for ProfilePartIndicator.
    var isServedUserRegistered: Bool { get }
    /// The values of the header lines of this name, long or compact, in any case; commas are not split.
    func triggerHeaders(named name: String) -> [String]
    /// The names of all header lines, long form.
    var triggerHeaderNames: [String] { get }
    /// The lines of the session description, `m=audio …`, of all its parts.
    var sessionDescriptionLines: [String] { get }
}
