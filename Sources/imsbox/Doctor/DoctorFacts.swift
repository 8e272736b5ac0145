import IPsec
import Kernel
import PCSCF
import RoleKit

/// What `imsbox doctor` judges: gathered once, by `DoctorFacts+Gathering.swift`; nothing here opens anything.
struct DoctorFacts {
    /// Where the instance files are.
    var directory: String
    /// What is wrong with them, as `imsbox check` says it.
    var faults: [String] = []
    /// Those that are right, with the P-CSCF where it runs.
    var plans: [InstancePlan] = []

    var addresses: [HostAddresses.Entry] = []
    /// Which of the files' algorithms the kernel takes, as the user of this command.
    var probes: [SuiteProbe] = []
    var isContainer = false
    /// This program's file.
    var program = "imsbox"

    var running: [RunningInstance] = []
    /// Instances whose control sockets belong to another user, with what to do.
    var hidden: [String] = []
    /// Sockets somebody has. Those of the instance files, where nothing of ours runs, and protected server ports.
    var taken: [TakenPort] = []

    var state = StateFacts(path: ".imsbox", sockets: ".imsbox")
    var translation = TranslationFacts()

    /// An instance that answers.
    struct RunningInstance {
        var name: String
        /// `status` and `peers` as the control socket gives them.
        var status: Report
        var peers: Report

        var role: String { status["role"]?.text ?? "" }
        var isReady: Bool { status["state"]?.text == "ready" }
    }

    struct TakenPort {
        var file: String
        var endpoint: InstancePlan.Endpoint
        var problem: NetworkError
    }

    struct StateFacts {
        var path: String
        /// Where control sockets are.
        var sockets: String
        /// What forbids writing there, in the system's words; nil where one can.
        var problem: String?
        /// Bytes free for this user; nil where the system does not say.
        var free: UInt64?
    }
}

extension DoctorFacts {
    func runs(_ name: String) -> Bool { running.contains { $0.name == name } }

    /// Whether some instance of ours may have the ports: it answers, or is another user's.
    var isAnythingRunning: Bool { !running.isEmpty || !hidden.isEmpty }

    func isOfThisHost(_ address: SocketAddress) -> Bool {
        address.isLoopback || address.isUnspecified || addresses.contains { $0.address == address.with(port: 0) }
    }
}

extension InstancePlan {
    /// A P-CSCF's configuration.
    var gate: PCSCFConfig? { config as? PCSCFConfig }
    var title: String { "\(role.title) \(name)" }
}
