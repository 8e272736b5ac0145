public import IPsec
import RoleKit
import SIP

/// How the UEs of a fleet protect what they say to the P-CSCF: sec-agree (RFC 3329) and IPsec (TS 33.203).
public struct FleetSecurity: Sendable {
    public enum Policy: String, CaseIterable, Sendable {
        /// Protected or not at all.
        case required
        /// Protected where the P-CSCF and this host's kernel have it.
        case preferred
    }

    /// Marks states and policies of lab UEs in the kernel ("IMUE"); a P-CSCF of ours has other marks.
    public static let owner: UInt32 = 0x494D_5545

    /// What phones offer. The rest is there for who asks for it by name.
    public static let usualSuites: [IPsecSuite] = [
        IPsecSuite(.hmacSHA1, .aesCBC), IPsecSuite(.hmacSHA1, .null), IPsecSuite(.hmacMD5, .aesCBC),
        IPsecSuite(.hmacMD5, .null),
    ].compactMap { $0 }

    public var policy: Policy
    /// What is offered, in the order it is written.
    public var suites: [IPsecSuite]
    /// Opens the kernel; called once, on the fleet's loop.
    public var kernel: @Sendable () throws -> any SecurityKernel

    public init(
        policy: Policy = .required, suites: [IPsecSuite] = FleetSecurity.usualSuites,
        kernel: @escaping @Sendable () throws -> any SecurityKernel
    ) {
        self.policy = policy
        self.suites = suites
        self.kernel = kernel
    }
}

/// The security associations a UE speaks over.
public struct UESecurityReport: Equatable, Sendable {
    public var suite: IPsecSuite
    public var ue: IPsecProposal.Endpoints
    public var pcscf: IPsecProposal.Endpoints
}

/// Where the listeners of a phone are among the fleet's: all clear ones first, then four for each phone that has IPsec,
/// its protected server port and its protected client ports.
struct FleetPorts: Sendable {
    /// TS 33.203 §7.1, §7.4: a set that is made, one in use and an old one, each from a port of its own.
    static let clients = 3

    let phones: Int

    func clear(_ phone: Int) -> Int { phone }
    func server(_ phone: Int) -> Int { phones + phone * (Self.clients + 1) }
    func client(_ phone: Int, _ slot: Int) -> Int { server(phone) + 1 + slot }

    func phone(of listener: Int) -> Int {
        listener < phones ? listener : (listener - phones) / (Self.clients + 1)
    }

    /// The protected listeners of all phones, in order; `first` has the number of the clear listener before them.
    func protected(at local: SocketAddress) -> [SIPListenerSettings] {
        (0..<phones).flatMap { phone in
            // UDP and TCP whatever the fleet speaks: the P-CSCF chooses, TS 33.203 §7.1.
            [SIPProtection.server] + Array(repeating: .client(of: server(phone)), count: Self.clients)
        }.enumerated().map { index, protection in
            SIPListenerSettings(
                name: "ue-protected-\(index)", address: local.with(port: 0), profile: .ue, protection: protection)
        }
    }
}
