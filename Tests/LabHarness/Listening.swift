import Foundation

extension Endpoint {
    /// Waits until somebody listens here; what arrives from then on waits in the socket, however slow its owner is.
    ///
    /// Programs that do not say when they are ready leave no event to wait for: the kernel's table is read again and
    /// again. IPv4 only.
    package func waitForListener(tcp: Bool = false, by deadline: Deadline, while owner: Child) throws {
        let state = tcp ? "0A" : ""
        let row = String(format: " %08X:%04X 00000000:0000 \(state)", address.number.byteSwapped, Int(port))
        while try !KernelFile.text("/proc/thread-self/net/\(tcp ? "tcp" : "udp")").contains(row) {
            guard owner.isRunning, !deadline.hasPassed else {
                throw HarnessError("\(owner.name) does not listen on \(self)\n\(owner.text.suffix(4000))")
            }
            usleep(10_000)
        }
    }
}

/// A file the kernel writes as it is read.
package enum KernelFile {
    /// All of it. Foundation takes the first short read for the end, and there a read gives a page.
    package static func text(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw HarnessError("\(path): \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
