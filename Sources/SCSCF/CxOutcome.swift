import Diameter
import RoleKit

/// Why Cx did not give what a procedure needs, and what to answer the UE.
struct CxFailure: Error, Equatable {
    var status: Int
    /// Trouble that passes: the answer carries Retry-After.
    var isTemporary: Bool
    /// For the log.
    var reason: String
    /// The HSS does not know this user by the authentication scheme we asked for.
    var isOtherScheme = false
}

/// What the results of MAA and SAA mean for the REGISTER that waits for them. One row a result.
///
/// Trouble of the HSS is never 403: a phone that gets one does not come back.
enum CxOutcome {
    /// TS 24.229 §5.4.1.2.1 for MAA, TS 29.228 §6.1.2 and §6.3 for the results.
    private static let rows: [(result: DiameterResult, status: Int, isTemporary: Bool)] = [
        (.experimental(.userUnknown), 403, false),
        (.experimental(.identitiesDontMatch), 403, false),
        (.experimental(.roamingNotAllowed), 403, false),
        (.base(.authorizationRejected), 403, false),
        // The user is on another S-CSCF: 480 makes the I-CSCF ask the HSS again, TS 24.229 §5.3.1.3.
        (.experimental(.identityAlreadyRegistered), 480, true),
        // A request Cx could not carry to the HSS is an HSS we cannot reach.
        (.base(.unableToDeliver), 504, true),
        (.base(.tooBusy), 504, true),
        (.base(.realmNotServed), 504, true),
        (.base(.unknownPeer), 504, true),
        (.base(.unableToComply), 500, true),
        (.base(.outOfSpace), 500, true),
        (.base(.resourcesExceeded), 500, true),
    ]

    /// Nil for success.
    static func failure(_ answer: DiameterMessage) -> CxFailure? {
        guard let result = answer.result else {
            return CxFailure(status: 500, isTemporary: true, reason: "answer without a result")
        }
        if result.isSuccess { return nil }
        guard let row = rows.first(where: { $0.result == result }) else {
            return CxFailure(
                status: 500, isTemporary: false, reason: result.description,
                isOtherScheme: result == .experimental(.authSchemeNotSupported))
        }
        return CxFailure(status: row.status, isTemporary: row.isTemporary, reason: result.description)
    }

    /// The HSS did not answer.
    static func failure(_ failure: DiameterFailure) -> CxFailure {
        CxFailure(status: 504, isTemporary: true, reason: failure.description)
    }
}
