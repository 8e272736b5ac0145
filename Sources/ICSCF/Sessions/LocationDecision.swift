import Diameter
import RoleKit

/// What an I-CSCF does with a LIA, or with its absence. TS 24.229 §5.3.2.1, §5.3.2.2; TS 29.228 §6.1.4
enum LocationDecision: Equatable {
    /// The HSS names the S-CSCF that serves the user.
    case assigned(String)
    /// Nobody serves the user yet; one with these capabilities may.
    case choose(ServerCapabilities)
    case refuse(status: Int, isTemporary: Bool, reason: String)

    init(_ lia: DiameterMessage) {
        guard let result = lia.result else {
            self = .refuse(status: 480, isTemporary: true, reason: "LIA without a result")
            return
        }
        if result.isSuccess || result == .experimental(.unregisteredService) {
            if let name = lia[Cx.serverName], !name.isEmpty {
                self = .assigned(name)
            } else {
                self = .choose(lia[Cx.serverCapabilities].map(ServerCapabilities.init) ?? ServerCapabilities())
            }
            return
        }
        let row = Self.rows.first { $0.result == result }
        self = .refuse(
            status: row?.status ?? 480, isTemporary: row == nil, reason: result.description)
    }

    /// The HSS is away: trouble of ours, not of the user called.
    static func unreachable(_ failure: DiameterFailure) -> LocationDecision {
        .refuse(status: 504, isTemporary: true, reason: failure.description)
    }

    /// Answers that are final; every other result is trouble between servers. 5003 is meant as Experimental-Result: the
    /// base result of that number is AUTHORIZATION_REJECTED.
    private static let rows: [(result: DiameterResult, status: Int)] = [
        (.experimental(.userUnknown), 404),
        (.experimental(.identityNotRegistered), 480),
    ]
}
