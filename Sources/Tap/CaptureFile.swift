import Glibc
public import RoleKit

/// A pcap file of everything the taps of one loop see, for Wireshark and tshark; secrets are already gone.
///
/// Messages are written as raw IP packets (link type 101) with the addresses and ports they had, also where no packet
/// existed: loopback links, TLS later. A message between two instances of this process is written once.
///
/// Written from the loop in blocks of 64 KiB, meant for a lab. `@unchecked Sendable`: one loop's thread only.
public final class CaptureFile: @unchecked Sendable {
    private static let blockBytes = 65_536
    private let descriptor: Int32
    /// Added to the loop's clock to give nanoseconds since 1970.
    private let epochOffset: Int64
    private var block: [UInt8] = []
    /// Bytes of the file that are whole packets.
    private var length: off_t = 0
    private var packets = PacketWriter()
    private let path: String
    /// Why packets are missing from the file, if any are.
    public private(set) var problem: String?
    /// Addresses that some instance here sends from.
    private var senders: Set<SocketAddress> = []

    /// Creates or empties the file.
    public init(path: String, epochOffset: Int64) throws(NetworkError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw NetworkError(.other, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        self.path = path
        self.epochOffset = epochOffset
        block = PacketWriter.fileHeader
    }

    deinit {
        flush()
        close(descriptor)
    }

    func write(_ entry: TapEntry) {
        let bytes = entry.content.bytes
        switch entry.direction {
        case .sent:
            senders.insert(entry.local)
            append(bytes, entry, from: entry.local, to: entry.remote)
        case .received:
            if senders.contains(entry.remote) { return }
            append(bytes, entry, from: entry.remote, to: entry.local)
        }
    }

    private func append(_ bytes: [UInt8], _ entry: TapEntry, from: SocketAddress, to: SocketAddress) {
        let time = Int64(clamping: entry.time.nanoseconds) + epochOffset
        packets.append(bytes, entry.link, from: from, to: to, unixNanoseconds: time, into: &block)
        if block.count >= Self.blockBytes { flush() }
    }

    /// Hands what is waiting to the kernel.
    public func flush() {
        var done = 0
        while done < block.count {
            let count = block[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // A full disk loses packets, not the service, and not those written before: half a packet would make all that
            // follow unreadable.
            if count <= 0 {
                if problem == nil { problem = "packets are missing in \(path): \(String(cString: strerror(errno)))" }
                _ = ftruncate(descriptor, length)
                _ = lseek(descriptor, length, SEEK_SET)
                return block.removeAll(keepingCapacity: true)
            }
            done += count
        }
        length += off_t(done)
        block.removeAll(keepingCapacity: true)
    }
}
