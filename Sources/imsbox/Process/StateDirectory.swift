import Glibc

/// Where instances keep what they write: databases and control sockets.
///
/// `--state-dir` where given; else what systemd says; else, for a binary in some `bin` directory, `/var/lib/imsbox` with
/// sockets in `/run/imsbox`; else `.imsbox` in the working directory.
struct StateDirectory: Sendable, Equatable {
    /// Databases and snapshots.
    var path: String
    /// Control sockets.
    var sockets: String

    private static let installed = StateDirectory(path: "/var/lib/imsbox", sockets: "/run/imsbox")

    init(path: String, sockets: String) {
        self.path = path
        self.sockets = sockets
    }

    init(option: String?) {
        if let option {
            self.init(path: option, sockets: option)
        } else if let state = Self.variable("STATE_DIRECTORY") {
            self.init(path: state, sockets: Self.variable("RUNTIME_DIRECTORY") ?? state)
        } else if Self.isInstalled {
            self = Self.installed
        } else {
            self.init(path: ".imsbox", sockets: ".imsbox")
        }
    }

    /// Makes the directories, for their owner only. Existing ones keep their mode.
    func create() throws(Failure) {
        for directory in Set([path, sockets]) {
            if let problem = Self.make(directory) {
                throw Failure(.failed, "\(directory): \(problem) – choose another with --state-dir")
            }
        }
    }

    /// A file named in an instance file: absolute, or inside the state directory.
    func file(_ name: String) -> String { name.hasPrefix("/") ? name : path + "/" + name }

    private static func make(_ directory: String) -> String? {
        var made = directory.hasPrefix("/") ? "" : "."
        for part in directory.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o700) != 0 && errno != EEXIST { return String(cString: strerror(errno)) }
        }
        var found = stat()
        guard stat(directory, &found) == 0 else { return String(cString: strerror(errno)) }
        guard found.st_mode & S_IFMT == S_IFDIR else { return String(cString: strerror(ENOTDIR)) }
        return access(directory, W_OK) == 0 ? nil : String(cString: strerror(errno))
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        // systemd separates several directories by colons; ours is the first.
        return String(cString: value).split(separator: ":").first.map(String.init)
    }

    private static var isInstalled: Bool {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return false }
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.hasSuffix("/bin/imsbox")
    }
}
