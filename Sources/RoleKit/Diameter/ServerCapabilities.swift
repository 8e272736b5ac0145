public import Diameter

/// What an S-CSCF must or should be able to do, and which ones the operator prefers (TS 29.228 §6.7, TS 29.229 §6.3.4):
/// what an HSS puts into a UAA or LIA, and an I-CSCF chooses by.
public struct ServerCapabilities: Hashable, Sendable {
    public var mandatory: [UInt32]
    public var optional: [UInt32]
    /// SIP URIs of S-CSCFs to choose from; the I-CSCF then disregards the numbers.
    public var serverNames: [String]

    public init(mandatory: [UInt32] = [], optional: [UInt32] = [], serverNames: [String] = []) {
        self.mandatory = mandatory
        self.optional = optional
        self.serverNames = serverNames
    }

    public init(_ group: AVPGroup) {
        self.init(
            mandatory: group.all(Cx.mandatoryCapability), optional: group.all(Cx.optionalCapability),
            serverNames: group.all(Cx.serverName))
    }

    public var isEmpty: Bool { mandatory.isEmpty && optional.isEmpty && serverNames.isEmpty }
}
