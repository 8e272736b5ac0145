package import Foundation

/// A packet capture on `lo`, by Debian's dumpcap.
package final class Capture {
    package let file: URL
    private let child: Child

    /// Captures whatever the lab's nodes send or receive.
    package convenience init(_ addresses: LabAddresses, into file: URL) throws {
        try self.init(filter: "net \(addresses.network)", into: file)
    }

    /// Captures what the filter (pcap-filter(7)) lets through; returns once dumpcap says it captures.
    package init(filter: String, into file: URL) throws {
        self.file = file
        // ICMP quotes the start of what a phone that has gone did not take: a message cut short, and not by us.
        let filter = "(\(filter)) and not icmp"
        child = try Child(
            Product.tool("dumpcap"), ["-q", "-i", "lo", "-B", "16", "-f", filter, "-w", file.path], name: "dumpcap")
        try child.waitForLine(beginning: "File: ", within: 20)
    }

    /// Ends the capture and reads it. Nothing sent before this call is missing: a datagram sent now must be in the file first.
    package func finish(lastWords: Endpoint) throws -> Dissection {
        let written = try FileChanges(of: file)
        let mark = Array("OPTIONS sip:end-of-capture SIP/2.0\r\n".utf8)
        try Socket(.datagram, on: lastWords.address).send(mark, to: lastWords)
        let deadline = Deadline(seconds: 20)
        while !contains(mark) {
            guard written.wait(by: deadline) else { throw HarnessError("dumpcap wrote nothing in time\n\(child.text)") }
        }
        child.signal(SIGINT)
        _ = try child.waitForExit(within: 20)
        return Dissection(file: file)
    }

    private func contains(_ mark: [UInt8]) -> Bool {
        guard let bytes = try? Data(contentsOf: file, options: .alwaysMapped) else { return false }
        return bytes.suffix(4096).range(of: Data(mark)) != nil
    }

    deinit { child.destroy() }
}

/// Tells when a file has been written to (inotify).
private final class FileChanges {
    private let descriptor: Int32

    init(of file: URL) throws {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard inotify_add_watch(descriptor, file.path, UInt32(IN_MODIFY)) >= 0 else {
            throw HarnessError("inotify \(file.path): errno \(errno)")
        }
    }

    /// Whether the file was written to before the deadline (or since the last call).
    func wait(by deadline: Deadline) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, deadline.milliseconds) > 0 else { return false }
        var events = [UInt8](repeating: 0, count: 4096)
        _ = read(descriptor, &events, events.count)
        return true
    }

    deinit { close(descriptor) }
}
