import Glibc

/// A file that gets subscribers' keys: only its owner may read it, whoever made it before.
final class PrivateFile {
    private let path: String
    private let descriptor: Int32

    /// Begins the file anew. A pipe or device keeps its mode, which is not ours to change.
    init(writing path: String) throws(ProvisioningError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
        var entry = stat()
        let isFile = fstat(descriptor, &entry) == 0 && entry.st_mode & S_IFMT == S_IFREG
        guard !isFile || fchmod(descriptor, 0o600) == 0 else {
            defer { close(descriptor) }
            throw Self.failure(path)
        }
    }

    deinit { close(descriptor) }

    func write(_ text: String) throws(ProvisioningError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func failure(_ path: String) -> ProvisioningError {
        ProvisioningError(
            .notFound, "\(path) cannot be written: \(String(cString: strerror(errno)))",
            cure: "check the directory's permissions and free space")
    }
}
