import Glibc
import RoleKit
import Settings

/// Reads instance files into plans and judges them together.
struct InstanceFiles {
    /// Faults of all files, each as `file:line: problem – cure`.
    private(set) var faults: [String] = []
    private(set) var plans: [InstancePlan] = []
    /// Set on every P-CSCF, in place of what its file says.
    private let listen: String?

    init(_ files: [String], listen: String? = nil) {
        self.listen = listen
        for file in files { read(file) }
        judgeTogether()
    }

    /// Where instance files are looked for when nobody names a directory.
    static var standardDirectory: String {
        let installed = "/etc/imsbox/instances"
        return access("instances", R_OK) != 0 && access(installed, R_OK) == 0 ? installed : "instances"
    }

    /// The instance files of a directory, by name.
    static func inDirectory(_ directory: String) throws(Failure) -> [String] {
        guard let stream = opendir(directory) else {
            throw Failure(
                .usage,
                "\(directory): \(String(cString: strerror(errno))) – give the directory of the instance files, "
                    + "e.g. imsbox up instances")
        }
        defer { closedir(stream) }
        var files: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { files.append(directory + "/" + name) }
        }
        guard !files.isEmpty else {
            throw Failure(
                .usage, "\(directory): no instance files (*.yaml) – copy some from imsbox's instances/ directory")
        }
        return files.sorted()
    }

    private mutating func read(_ file: String) {
        let root: SettingsNode
        do { root = try InstanceFile.load(file) } catch {
            faults.append(error.description)
            return
        }
        let stem = Self.stem(of: file)
        var node = root.plain("name") == nil ? root.setting("name", to: stem) : root
        guard let role = role(of: root, file: file, stem: stem) else { return }
        if role == .pcscf, let listen {
            node = node.setting("address", to: listen)
            if root.plain("advertise") != nil { node = node.setting("advertise", to: listen) }
        }
        var reader = SettingsReader(node)
        let level = Self.logLevel(&reader)
        let wired = RoleWiring.of(role).read(&reader)
        let name = reader.string("name", default: stem)
        let home = reader.string("home-network", default: CommonSettings.labNetwork).lowercased()
        if !Self.isName(name) {
            reader.reject("name", problem: "`name` is \"\(name)\"", cure: "use letters, digits, `-` and `_`")
        }
        let found = reader.finish()
        faults += found.map { "\(file):\($0.line): \($0.problem) – \($0.cure)" }
        if found.isEmpty {
            plans.append(
                InstancePlan(
                    file: file, name: name, role: role, homeNetwork: home, logLevel: level, listens: wired.listens,
                    config: wired.config, make: wired.make))
        }
    }

    /// `role:`, or what the file's name begins with.
    private mutating func role(of root: SettingsNode, file: String, stem: String) -> Role? {
        let words = Role.allCases.map(\.rawValue)
        guard let given = root.plain("role") else {
            if let role = Role.allCases.first(where: { stem.hasPrefix($0.rawValue) }) { return role }
            faults.append("\(file):1: `role` is missing – add `role: ` and one of \(words.joined(separator: ", "))")
            return nil
        }
        if let role = Role(rawValue: given.text) { return role }
        let near = NearestName.find(given.text, among: words).map { "`\($0)`" }
        let cure = "write \(near ?? "one of " + words.joined(separator: ", "))"
        faults.append("\(file):\(given.line): `role` is \"\(given.text)\" – \(cure)")
        return nil
    }

    /// The key every file has that is the process's business, not the role's.
    static func logLevel(_ reader: inout SettingsReader) -> LogLevelName? {
        reader.has("log") ? reader.choice("log", default: .notice) : nil
    }

    /// What cannot be seen in one file: two instances of one name, or on one socket.
    private mutating func judgeTogether() {
        var names: [String: String] = [:]
        var sockets: [InstancePlan.Endpoint: String] = [:]
        for plan in plans {
            if let other = names.updateValue(plan.file, forKey: plan.name) {
                faults.append(
                    "\(plan.file):1: another instance is called \"\(plan.name)\" (\(other)) – give it another `name:`")
            }
            for endpoint in plan.listens where endpoint.address.port != 0 {
                guard let other = sockets.updateValue(plan.file, forKey: endpoint) else { continue }
                faults.append("\(plan.file):1: \(endpoint) is taken by \(other) – give one another `port:`")
            }
        }
    }

    private static func stem(of file: String) -> String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        guard let dot = last.lastIndex(of: ".") else { return last }
        return String(last[..<dot])
    }

    /// The name becomes a socket's file name and a word in log lines.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.count <= 64
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
                    || byte == 95
            }
    }
}
