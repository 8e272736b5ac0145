public import IPsec
import RoleKit

/// What a P-CSCF is given for IPsec: the kernel, and how keys are expanded.
///
/// `@unchecked Sendable`: it is made for one instance and used on its thread only.
public struct GmSecurityPorts: @unchecked Sendable {
    public var kernel: any SecurityKernel
    public var keys: KeyExpansion

    public init(kernel: any SecurityKernel, keys: KeyExpansion) {
        self.kernel = kernel
        self.keys = keys
    }
}

/// The security associations of one P-CSCF, with what they need of the outside.
public struct GmSecurity {
    let kernel: any SecurityKernel
    let keys: KeyExpansion
    var table: SATable
    /// The end of each set.
    var timers: [UInt32: TimerID] = [:]
    /// Runs until the kernel is next asked for news.
    var news: TimerID?
    /// What the kernel has beside ours.
    var otherStates = KernelCensus()
    var otherPolicies = KernelCensus()

    init(_ given: GmSecurityPorts, _ settings: IPsecSettings, _ random: any Randomness) {
        kernel = given.kernel
        keys = given.keys
        table = SATable(
            SATable.Settings(
                suites: settings.suites, serverPort: settings.serverPort, clientPorts: settings.clientPorts,
                maximumSets: settings.maximumSets, owner: Self.owner),
            seed: UInt32(truncatingIfNeeded: random.next()))
    }

    /// Marks states and policies of a P-CSCF of ours: "imsP".
    public static let owner: UInt32 = 0x696D_7350
}
