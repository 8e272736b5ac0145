import IMSCore
import RoleKit

/// What the operator decides and the procedures ask for.
struct HSSPolicy: Sendable {
    /// Home network domain, lower case.
    var home: String
    /// Visited networks a user may register from besides the home network, lower case; empty allows every one.
    var visitedNetworks: Set<String> = []
    /// For users without capabilities of their own.
    var capabilities = ServerCapabilities()
    /// Whether an S-CSCF that asks for it stays assigned after de-registration (TS 29.228 §6.1.2.1).
    var keepsServerName = false
    /// Whether users have services while not registered (TS 29.228 §6.1.4.1).
    var hasUnregisteredServices = false
    var charging = ChargingInformation()
    /// Filter criteria of every subscriber.
    var services: [InitialFilterCriterion] = []

    /// TS 29.228 §6.1.1.1 step 4. Kamailio sends the identifier with quotation marks around it, as the SIP header has it.
    func mayRoam(in visitedNetwork: [UInt8]) -> Bool {
        guard !visitedNetworks.isEmpty else { return true }
        var name = visitedNetwork[...]
        if name.count >= 2, name.first == UInt8(ascii: "\""), name.last == UInt8(ascii: "\"") {
            name = name.dropFirst().dropLast()
        }
        let folded = String(decoding: name.map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }, as: UTF8.self)
        return folded == home || visitedNetworks.contains(folded)
    }

    /// What an S-CSCF for this subscriber must be able to do, and the operator's preferred ones.
    func capabilities(for subscriber: Subscriber) -> ServerCapabilities {
        guard let own = subscriber.further?.capabilities, !own.isEmpty else { return capabilities }
        return own
    }
}

/// Addresses of charging functions (TS 29.229 §6.3.19), Diameter URIs.
public struct ChargingInformation: Hashable, Sendable {
    public var primaryEventCharging: String?
    public var secondaryEventCharging: String?
    public var primaryCollection: String?
    public var secondaryCollection: String?

    public init(
        primaryEventCharging: String? = nil, secondaryEventCharging: String? = nil,
        primaryCollection: String? = nil, secondaryCollection: String? = nil
    ) {
        self.primaryEventCharging = primaryEventCharging
        self.secondaryEventCharging = secondaryEventCharging
        self.primaryCollection = primaryCollection
        self.secondaryCollection = secondaryCollection
    }

    var isEmpty: Bool { self == ChargingInformation() }
}
