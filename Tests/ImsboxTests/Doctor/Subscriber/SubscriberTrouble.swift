import LabWorld
import RoleKit

@testable import imsbox

/// A mistake people make, made in a core in memory, with all that `imsbox doctor IMSI` has to say then.
struct SubscriberTrouble: Sendable, CustomStringConvertible {
    var description: String
    /// The sentences, by their names and in order.
    var says: [String]
    /// Of sentences and cures.
    var mentions: [String]
    var make: @Sendable () async throws -> SubscriberFacts

    init(
        _ description: String, _ says: [String], _ mentions: [String] = [],
        make: @escaping @Sendable () async throws -> SubscriberFacts
    ) {
        self.description = description
        self.says = says
        self.mentions = mentions
        self.make = make
    }

    /// What is said of a subscriber on whom nothing is wrong, before the phone comes in.
    static let fine = ["provisioned", "no MME asked"]

    static let all = provisioning + eps + way + ipsec + sim + answers + registration
}
