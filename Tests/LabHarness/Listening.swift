import Foundation

extension Endpoint {
    /// Waits until somebody listens here; what arrives from then on waits in the socket, however slow its owner is.
    ///
    /// Programs that do not say when they are ready leave no event to wait for: the kernel's table is read again and
    /// again. IPv4 only.
    package func waitForListener(tcp: Bool = false, by deadline: Deadline, while owner: Child) throws {
        let state = tcp ? "0A" : ""
        let row = String(format: " %08X:%04X 00000000:0000 \(state)", address.number.byteSwapped, Int(port))
        while try !String(contentsOfFile: "/proc/self/net/\(tcp ? "tcp" : "udp")", encoding: .utf8).contains(row) {
            guard owner.isRunning, !deadline.hasPassed else {
                throw HarnessError("\(owner.name) does not listen on \(self)\n\(owner.text.suffix(4000))")
            }
            usleep(10_000)
        }
    }
}
