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
        guard profile.usableIdentities.contains(where: { isWritable($0.identity) }) else {
            return Fault(status: 500, reason: "no identity of the user profile can be written into a header")
        }
        return nil
    }

    /// Whether an identity can stand between angle brackets (RFC 3261 §25.1): the HSS's data is not ours.
    static func isWritable(_ identity: String) -> Bool {
        IMPU(identity) != nil && identity.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>\"".utf8.contains($0) }
    }
}
