package import Foundation

/// A running core with lab subscribers, on addresses of its own.
package final class Lab {
    package let addresses = LabAddresses()
    package let folder: URL
    package let state: URL
    package let files: InstanceFiles
    private var binary: String
    private var members: [(roles: [Role], child: Child)] = []
    private var history: [Child] = []

    /// Starts a core, runs `body`, stops it. Stopping is part of every test: each process must still run, drain on SIGTERM
    /// and end with 0.
    package static func run(
        _ shape: Shape, subscribers: ClosedRange<Int> = 1...10, _ settings: LabSettings = LabSettings(),
        body: (Lab) throws -> Void
    ) throws {
        try with(settings) { lab in
            try lab.provision(subscribers)
            try lab.start(shape.processes)
            try body(lab)
            try lab.stop()
        }
    }

    /// A lab in which nothing runs yet. When anything throws, the output of all its processes goes to standard error and
    /// its folder stays.
    package static func with(_ settings: LabSettings = LabSettings(), body: (Lab) throws -> Void) throws {
        let lab = try Lab(settings)
        defer { lab.destroy() }
        do {
            try body(lab)
            try FileManager.default.removeItem(at: lab.folder)
        } catch {
            lab.tell()
            throw error
        }
    }

    package init(_ settings: LabSettings = LabSettings()) throws {
        files = InstanceFiles(addresses: addresses, settings: settings)
        binary = try Product.binary()
        // Short, because the path of a control socket must fit into 108 octets.
        let name = "imsbox-\(getpid())-\(UUID().uuidString.prefix(6))"
        let memory = URL(fileURLWithPath: "/dev/shm")
        let isInMemory = settings.isInMemory && FileManager.default.isWritableFile(atPath: memory.path)
        folder = (isInMemory ? memory : FileManager.default.temporaryDirectory).appendingPathComponent(name)
        state = folder.appendingPathComponent("state")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        if settings.isOpen { try open() }
        try write(Role.allCases, spares: settings.spares, into: folder)
        if settings.hasGateway {
            let file = folder.appendingPathComponent("ipsmgw.yaml")
            try files.gatewayText.write(to: file, atomically: false, encoding: .utf8)
        }
    }

    /// The checkout may lie where nobody else gets to.
    private func open() throws {
        chmod(state.path, 0o777)
        let copy = folder.appendingPathComponent("imsbox").path
        try FileManager.default.copyItem(atPath: binary, toPath: copy)
        binary = copy
    }

    private func write(_ roles: [Role], spares: [Role], into folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (role, spare) in roles.map({ ($0, false) }) + spares.map({ ($0, true) }) {
            let file = folder.appendingPathComponent("\(files.name(role, spare: spare)).yaml")
            try files.text(role, spare: spare).write(to: file, atomically: false, encoding: .utf8)
        }
    }

    package var pcscf: Endpoint { Endpoint(files.address(.pcscf), files.port(.pcscf)) }
    package var hss: Endpoint { Endpoint(files.address(.hss), files.port(.hss)) }

    package func file(of role: Role, spare: Bool = false) -> URL {
        folder.appendingPathComponent("\(files.name(role, spare: spare)).yaml")
    }

    /// Puts lab subscribers into the HSS's database through the product's own import.
    package func provision(_ numbers: ClosedRange<Int>, isCalledByIMSI: Bool = false) throws {
        let csv = folder.appendingPathComponent("subscribers.csv")
        let text = Subscriber.importFile(numbers, isCalledByIMSI: isCalledByIMSI)
        try text.write(to: csv, atomically: false, encoding: .utf8)
        try imsbox("subscriber", "import", csv.path, "--store", state.appendingPathComponent("hss.sqlite").path)
    }

    /// Runs a command of the product to its end and returns what it printed.
    @discardableResult
    package func imsbox(_ arguments: String..., expecting expected: ExitStatus = .code(0)) throws -> String {
        try imsbox(arguments, expecting: expected)
    }

    @discardableResult
    package func imsbox(
        _ arguments: [String], expecting expected: ExitStatus = .code(0), within seconds: Double = 60
    ) throws -> String {
        let child = try Child(binary, arguments, name: "imsbox \(arguments.joined(separator: " "))")
        defer { child.destroy() }
        let status = try child.waitForExit(within: seconds)
        guard status == expected else { throw HarnessError("\(child.name): \(status)\n\(child.text)") }
        return child.text
    }
}

extension Lab {
    /// Starts processes with these roles each and waits until all say `ready`.
    package func start(_ groups: [[Role]], environment: [String: String] = [:]) throws {
        try ready(groups.map { try launch($0, environment) })
    }

    /// Starts the second instance of a role in a process of its own.
    package func startSpare(_ role: Role) throws {
        let file = file(of: role, spare: true)
        try ready([spawn(["run", file.path], named: files.name(role, spare: true), roles: [])])
    }

    /// Starts the IP-SM-GW in a process of its own, and returns it.
    @discardableResult
    package func startGateway() throws -> Child {
        let file = folder.appendingPathComponent("ipsmgw.yaml")
        let child = try spawn(["run", file.path], named: "ipsmgw", roles: [])
        try ready([child])
        return child
    }

    /// kill -9; `startGateway` starts it anew.
    package func crashGateway(_ child: Child) {
        child.destroy()
        members = members.filter { $0.child !== child }
    }

    /// Starts whatever a folder's files describe, as one process.
    package func start(folder: URL) throws {
        try ready([spawn(["up", folder.path], named: folder.lastPathComponent, roles: Role.allCases)])
    }

    private func ready(_ children: [Child]) throws {
        for child in children { try child.waitForLine(beginning: "ready", within: 60) }
    }

    /// Starts the process of one role and waits for nothing.
    package func launch(_ role: Role) throws -> Child { try launch([role], [:]) }

    private func launch(_ roles: [Role], _ environment: [String: String]) throws -> Child {
        let name = roles.map(\.rawValue).joined(separator: "+")
        if roles.count == 1 {
            return try spawn(["run", file(of: roles[0]).path], named: name, roles: roles, environment)
        }
        let box = folder.appendingPathComponent(name)
        try write(roles, spares: files.settings.spares.filter(roles.contains), into: box)
        return try spawn(["up", box.path], named: name, roles: roles, environment)
    }

    private func spawn(
        _ command: [String], named name: String, roles: [Role], _ environment: [String: String] = [:]
    ) throws -> Child {
        var arguments = command + ["--state-dir", state.path]
        if files.settings.writesCapture { arguments += ["--pcap", folder.appendingPathComponent("\(name).pcap").path] }
        let words = (roles.compactMap { files.settings.launchers[$0] }.first ?? []) + [binary] + arguments
        let child = try Child(words[0], Array(words.dropFirst()), name: name, environment: environment)
        members.append((roles, child))
        history.append(child)
        return child
    }

    /// The process that runs this role.
    package func process(of role: Role) throws -> Child {
        guard let child = members.first(where: { $0.roles.contains(role) })?.child else {
            throw HarnessError("no process runs the \(role)")
        }
        return child
    }

    /// kill -9, as a power cut would.
    package func crash(_ role: Role) throws {
        try process(of: role).destroy()
        try forget(role)
    }

    /// The process of this role has ended as the test wanted: `stop` need not look for it.
    package func forget(_ role: Role) throws {
        let child = try process(of: role)
        members = members.filter { $0.child !== child }
    }

    /// Every process still runs, drains on SIGTERM and ends with 0.
    package func stop() throws {
        let children = members.map(\.child)
        for child in children where !child.isRunning {
            throw HarnessError("\(child.name) ended before it was told to\n\(child.text.suffix(4000))")
        }
        for child in children { child.signal(SIGTERM) }
        for child in children {
            let status = try child.waitForExit(within: 30)
            guard status == .code(0) else {
                throw HarnessError("\(child.name) ended with \(status)\n\(child.text.suffix(4000))")
            }
        }
        members = []
    }

    /// Everything all processes have printed so far.
    package var output: String { history.map(\.text).joined(separator: "\n") }

    /// The pcap files the instances wrote, where `writesCapture` is set.
    package func captureFiles() throws -> [URL] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let captures = files.filter { $0.pathExtension.hasPrefix("pcap") }
        guard !captures.isEmpty else { throw HarnessError("no capture file in \(folder.path)") }
        return captures
    }

    package func destroy() {
        for child in history { child.destroy() }
    }

    private func tell() {
        for child in history {
            let text = "---- output of \(child.name) (files in \(folder.path))\n\(child.text.suffix(20000))\n"
            FileHandle.standardError.write(Data(text.utf8))
        }
    }
}
