import Glibc

/// Tells systemd how the service is doing (sd_notify(3)), without its library. Does nothing where nobody asked.
enum ServiceManager {
    static func ready(_ status: String) { send("READY=1\nSTATUS=\(status)\n") }

    static func stopping() { send("STOPPING=1\n") }

    private static func send(_ text: String) {
        guard let value = getenv("NOTIFY_SOCKET") else { return }
        var name = Array(String(cString: value).utf8)
        guard name.count > 1, name[0] == UInt8(ascii: "/") || name[0] == UInt8(ascii: "@") else { return }
        // "@" stands for the zero byte of an abstract address (unix(7)).
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path) + name.count
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
    }
}
