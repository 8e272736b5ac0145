import Reactor
import RoleKit

/// One instance as its file describes it; nothing is opened yet.
struct InstancePlan {
    var file: String
    var name: String
    var role: Role
    /// `home-network:` of the file.
    var homeNetwork = CommonSettings.labNetwork
    /// `log:` of the file; nil leaves it to the command line.
    var logLevel: LogLevelName?
    /// Where it will listen.
    var listens: [Endpoint]
    /// The role's configuration as its file was understood.
    var config: any Sendable = ()
    var make: (Site) throws -> any Instance

    /// One socket an instance file asks for.
    struct Endpoint: Hashable, CustomStringConvertible {
        var address: SocketAddress
        var kind: LinkKind

        var description: String { "\(address) \(kind == .udp ? "UDP" : "TCP")" }
    }
}

/// What an instance gets from the process it lives in.
struct Site {
    var loop: EventLoop
    var ports: Ports
    var state: StateDirectory
    /// Says on the terminal what was done beside starting.
    var tell: (String) -> Void
}

/// How a role's file is read and its instance made; one row a role, one file a row.
struct RoleWiring {
    /// What a role's reader yields.
    struct Wired {
        /// The configuration as it was understood; nothing but `imsbox doctor` and tests looks into it.
        var config: any Sendable
        var listens: [InstancePlan.Endpoint]
        var make: (Site) throws -> any Instance
    }

    var read: (inout SettingsReader) -> Wired

    static func of(_ role: Role) -> RoleWiring {
        switch role {
        case .pcscf: pcscf
        case .icscf: icscf
        case .scscf: scscf
        case .hss: hss
        case .ipsmgw: ipsmgw
        }
    }

    /// Every key a role's file may have, for `imsbox check` and the test of the shipped files.
    static func keys(of role: Role) -> [String] {
        SettingsReader.survey { reader in
            _ = InstanceFiles.logLevel(&reader)
            _ = of(role).read(&reader)
        }
    }
}
