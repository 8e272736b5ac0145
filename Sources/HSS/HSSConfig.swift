public import RoleKit

/// Everything an HSS instance is told. The keys are in `HSSConfig+Reader.swift`.
public struct HSSConfig: Sendable {
    public var name = "hss"
    /// Home network domain name (TS 23.003 §13.2), lower case.
    public var homeNetwork = CommonSettings.labNetwork
    /// File of the database, relative to the state directory unless it begins with `/`.
    public var database = "hss.sqlite"
    /// S-CSCFs an I-CSCF is told to choose from when it asks for one.
    public var servers: [String] = []
    public var mandatoryCapabilities: [UInt32] = []
    public var optionalCapabilities: [UInt32] = []
    /// Networks users may register from besides the home network; empty allows all.
    public var visitedNetworks: [String] = []
    public var keepsServerName = false
    public var hasUnregisteredServices = false
    /// IMS vectors have no zero octet in XRES (see `AKAFunctions.zeroFreeVector`).
    public var avoidsZeroRES = true
    public var charging = ChargingInformation()
    /// Services of every IMS subscriber, by priority.
    public var services: [OperatorService] = []
    /// What an MME is told of every subscriber.
    public var epsSubscription = EPSSubscription()
    public var diameter: DiameterSettings
    /// How often the store is asked what provisioning did.
    public var provisioningMilliseconds = 1_000

    public init(diameter: DiameterSettings) { self.diameter = diameter }

    var policy: HSSPolicy {
        HSSPolicy(
            home: homeNetwork, visitedNetworks: Set(visitedNetworks.map { $0.lowercased() }),
            capabilities: ServerCapabilities(
                mandatory: mandatoryCapabilities, optional: optionalCapabilities, serverNames: servers),
            keepsServerName: keepsServerName, hasUnregisteredServices: hasUnregisteredServices, charging: charging,
            services: services.map(\.criterion))
    }
}
