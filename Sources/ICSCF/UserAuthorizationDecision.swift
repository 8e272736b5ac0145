import Diameter
import RoleKit

/// What an I-CSCF does with a UAA, or with its absence. TS 24.229 §5.3.1.2, §5.3.1.3; TS 29.228 §6.1.1
enum UserAuthorizationDecision: Equatable {
    /// The HSS names the S-CSCF the user is on.
    case assigned(String)
    /// The I-CSCF chooses by these capabilities.
    case choose(ServerCapabilities)
    case refuse(status: Int, isTemporary: Bool, reason: String)

    init(_ uaa: DiameterMessage) {
        guard let result = uaa.result else {
            self = .refuse(status: 480, isTemporary: true, reason: "UAA without a result")
            return
        }
        guard !result.isSuccess else {
            if let name = uaa[Cx.serverName], !name.isEmpty {
                self = .assigned(name)
            } else {
                // Both may be absent: then any S-CSCF of our own list will do.
                self = .choose(uaa[Cx.serverCapabilities].map(ServerCapabilities.init) ?? ServerCapabilities())
            }
            return
        }
        self = Self.refusal(of: result)
    }

    /// HSS away, too busy or unreachable: the user did nothing wrong, so never 403.
    static let unreachable = UserAuthorizationDecision.refuse(
        status: 480, isTemporary: true, reason: "HSS did not answer")

    /// Results that mean the user may not register; everything else is trouble between servers.
    private static let userErrors: [DiameterResult] = [
        .experimental(.userUnknown), .experimental(.identitiesDontMatch), .experimental(.roamingNotAllowed),
        .experimental(.identityNotRegistered), .base(.authorizationRejected),
    ]

    private static func refusal(of result: DiameterResult) -> UserAuthorizationDecision {
        userErrors.contains(result)
            ? .refuse(status: 403, isTemporary: false, reason: result.description)
            : .refuse(status: 480, isTemporary: true, reason: result.description)
    }
}

/// What became of a REGISTER at one S-CSCF. TS 24.229 §5.3.1.3
enum SCSCFAttempt: Equatable {
    /// Its response goes back to the P-CSCF.
    case answered
    /// Silent, 3xx or 480: another S-CSCF is to be tried. So it is after 503, with which one that stops or is overloaded
    /// asks for that (RFC 3261 §21.5.4, RFC 3263 §4.3).
    case reselect

    init(status: Int?) {
        switch status {
        case nil, 480?, 503?: self = .reselect
        case .some(300..<400): self = .reselect
        default: self = .answered
        }
    }
}
