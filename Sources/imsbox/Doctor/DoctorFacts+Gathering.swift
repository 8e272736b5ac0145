import Console
import Glibc
import IPsec
import Kernel
import PCSCF
import Reactor
import RoleKit

/// Where the facts come from. Nothing is changed: associations made for a trial are deleted again, and so are sockets.
extension DoctorFacts {
    /// Marks associations made for a trial: "imsD", so that no P-CSCF takes them for its own.
    private static let owner: UInt32 = 0x696D_7344

    init(directory: String, state: StateDirectory) {
        self.init(directory: directory)
        self.state = Self.stateFacts(state)
        (running, hidden) = Self.ask(state.sockets)
        readFiles()
        addresses = HostAddresses.all()
        isContainer =
            getenv("container") != nil || access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0
        if let path = Self.link("/proc/self/exe") { program = path }
        let suites = plans.compactMap(\.gate).flatMap(\.ipsec.suites)
        let distinct = IPsecSuite.all.filter { suites.contains($0) }
        if !distinct.isEmpty { probes = XFRMSocket.probe(distinct, owner: Self.owner) }
        taken = plans.flatMap { plan in wanted(plan).compactMap { Self.trial($0, plan.file) } }
        translation = TranslationFacts.ofThisHost()
    }

    // MARK: files

    private mutating func readFiles() {
        let files: [String]
        do { files = try InstanceFiles.inDirectory(directory) } catch {
            faults = [error.problem]
            return
        }
        var read = InstanceFiles(files)
        // `up --listen` puts the P-CSCF elsewhere than its file says.
        if let listen = listen(read.plans) { read = InstanceFiles(files, listen: listen) }
        (faults, plans) = (read.faults, read.plans)
    }

    /// The address of the one P-CSCF, where it runs on another than its file's.
    private func listen(_ plans: [InstancePlan]) -> String? {
        let gates = plans.filter { $0.role == .pcscf }
        guard gates.count == 1, let gate = gates.first, let own = gate.listens.first?.address.host,
            let process = running.first(where: { $0.name == gate.name })
        else { return nil }
        let hosts = (process.status["listens"]?.elements ?? []).compactMap { place in
            place.text?.split(separator: " ").first.flatMap { SocketAddress(endpoint: String($0)) }?.host
        }
        return hosts.contains(own) ? nil : hosts.first
    }

    // MARK: sockets

    /// Sockets to try: all of a plan's where nothing of ours runs, else only those that tell whether IPsec is on.
    private func wanted(_ plan: InstancePlan) -> [InstancePlan.Endpoint] {
        let plain = isAnythingRunning ? [] : plan.listens
        guard let gate = plan.gate else { return plain.filter { $0.address.port != 0 } }
        let ports = [gate.ipsec.serverPort] + (isAnythingRunning ? [] : gate.ipsec.clientPorts)
        let protected = gate.listeners.filter(\.wantsIPsec).flatMap { listener in
            ports.flatMap { port in
                listener.kinds.map { InstancePlan.Endpoint(address: listener.address.with(port: port), kind: $0) }
            }
        }
        return (plain + protected).filter { $0.address.port != 0 }
    }

    private static func trial(_ endpoint: InstancePlan.Endpoint, _ file: String) -> TakenPort? {
        PortProbe.problem(endpoint.address, endpoint.kind).map {
            TakenPort(file: file, endpoint: endpoint, problem: $0)
        }
    }

    /// The instances that answer, and what to do about those of another user. Leftovers of dead processes are nothing.
    private static func ask(_ directory: String) -> (running: [RunningInstance], hidden: [String]) {
        var (running, hidden): ([RunningInstance], [String]) = ([], [])
        for name in ControlClient.instances(in: directory) {
            do {
                let status = try ControlClient.ask(ControlRequest(command: "status"), instance: name, in: directory)
                let peers = try ControlClient.ask(ControlRequest(command: "peers"), instance: name, in: directory)
                running.append(RunningInstance(name: name, status: status, peers: peers))
            } catch {
                if access("\(directory)/\(name).sock", W_OK) != 0, errno == EACCES { hidden.append(error.description) }
            }
        }
        if access(directory, X_OK | R_OK) != 0, errno == EACCES {
            hidden.append("\(directory) is not for this user – run the command as root or as the service's user")
        }
        return (running, hidden)
    }

    // MARK: the host

    private static func stateFacts(_ state: StateDirectory) -> StateFacts {
        var facts = StateFacts(path: state.path, sockets: state.sockets)
        // Of a directory that is still to be made, the one it will be made in counts.
        var place = state.path
        while access(place, F_OK) != 0, errno == ENOENT {
            guard let slash = place.lastIndex(of: "/") else {
                place = "."
                break
            }
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
        var found = stat()
        if stat(place, &found) == 0, found.st_mode & S_IFMT != S_IFDIR {
            facts.problem = String(cString: strerror(ENOTDIR))
        } else if access(place, W_OK | X_OK) != 0 {
            facts.problem = String(cString: strerror(errno))
        }
        var volume = statvfs()
        if statvfs(place, &volume) == 0 { facts.free = UInt64(volume.f_bavail) * UInt64(volume.f_frsize) }
        return facts
    }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension TranslationFacts {
    /// What is looked at of the table of connections, and of what a tool prints.
    private static let mostBytes = 4 << 20

    /// What this user may see; a tool that is missing or not permitted shows nothing.
    static func ofThisHost() -> TranslationFacts {
        TranslationFacts(
            rules: ["iptables-save", "iptables-legacy-save"].flatMap { iptables(said($0)) }
                + nft(said("nft list ruleset")),
            flows: TranslatedFlow.all(text(fopen("/proc/net/nf_conntrack", "r"), close: fclose)))
    }

    /// A tool's standard output.
    private static func said(_ command: String) -> String {
        text(popen("PATH=$PATH:/usr/sbin:/sbin \(command) 2>/dev/null </dev/null", "r"), close: pclose)
    }

    private static func text(
        _ stream: UnsafeMutablePointer<FILE>?, close: (UnsafeMutablePointer<FILE>) -> Int32
    ) -> String {
        guard let stream else { return "" }
        defer { _ = close(stream) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < mostBytes, case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
