import Diameter
import IMSCore

/// Whether a user profile can serve a registration. TS 24.229 §5.4.1.2.2F, TS 29.228 §6.6
enum ProfileDecision {
    struct Fault: Equatable {
        var status: Int
        var reason: String
    }

    /// What is wrong with the profile for this identity; nil if nothing is.
    static func fault(_ profile: UserProfile?, of impu: IMPU) -> Fault? {
        guard let profile else { return Fault(status: 500, reason: "SAA without a user profile") }
        guard profile.entry(of: impu) != nil else {
            return Fault(status: 500, reason: "the user profile lacks the identity registered")
        }
        guard !profile.usableIdentities.isEmpty else {
            return Fault(status: 403, reason: "every identity of the implicit set is barred")
        }
        return nil
    }
}
