import Glibc
import RoleKit
import Tap
import Testing

/// The capture file, read back byte by byte.
@Suite struct CaptureTests {
    private func capture(_ entries: [TapEntry]) throws -> [UInt8] {
        var template = Array("/tmp/imsbox-capture-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(descriptor)
            unlink(path)
        }
        let file = try CaptureFile(path: path, epochOffset: 5_000_000_000)
        let tap = InstanceTap(clock: StillClock(), capture: file)
        for entry in entries {
            switch entry.content {
            case .sip(let bytes):
                tap.sip(entry.direction, bytes, local: entry.local, remote: entry.remote, entry.link)
            case .diameter(let bytes):
                tap.diameter(entry.direction, bytes, local: entry.local, remote: entry.remote)
            case .event: break
            }
        }
        file.flush()
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        try #require(count >= 24)
        return Array(bytes[..<count])
    }

    private func entry(
        _ bytes: [UInt8], _ direction: TapDirection, _ link: LinkKind, _ local: SocketAddress, _ remote: SocketAddress
    ) -> TapEntry {
        TapEntry(
            time: Moment(nanoseconds: 0), content: .sip(bytes), direction: direction, link: link, local: local,
            remote: remote)
    }

    private let a = SocketAddress(127, 0, 0, 1, port: 5060)
    private let b = SocketAddress(127, 0, 0, 1, port: 4060)

    private func sum(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0
        for i in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[i]) << 8 | (i + 1 < bytes.count ? UInt32(bytes[i + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return sum
    }

    @Test("A datagram becomes one raw IPv4 packet with right lengths and checksums")
    func datagram() throws {
        let file = try capture([entry(Array("hello".utf8), .sent, .udp, a, b)])
        #expect(file[..<4] == [0xA1, 0xB2, 0x3C, 0x4D])
        #expect(file[20..<24] == [0, 0, 0, 101])
        let record = Array(file[24...])
        #expect(record[0..<4] == [0, 0, 0, 5])
        #expect(record[8..<12] == [0, 0, 0, 33])
        let packet = Array(record[16...])
        #expect(packet.count == 33)
        #expect(packet[12..<24] == [127, 0, 0, 1, 127, 0, 0, 1, 0x13, 0xC4, 0x0F, 0xDC])
        #expect(sum(Array(packet[..<20])) == 0xFFFF)
        #expect(sum(Array(packet[12..<20]) + [0, 17, 0, 13] + packet[20...]) == 0xFFFF)
        #expect(packet[28...] == ArraySlice("hello".utf8))
    }

    @Test("A message between two instances here is written once; one from outside when it is received")
    func once() throws {
        let outside = SocketAddress(127, 0, 0, 9, port: 5090)
        let one = entry(Array("x".utf8), .sent, .udp, a, b)
        let seenAgain = entry(Array("x".utf8), .received, .udp, b, a)
        let fromOutside = entry(Array("yy".utf8), .received, .udp, a, outside)
        let file = try capture([one, seenAgain, fromOutside])
        #expect(file.count == 24 + (16 + 28 + 1) + (16 + 28 + 2))
    }

    @Test("Messages on one TCP connection form a gapless stream; long ones are cut into packets")
    func stream() throws {
        let long = [UInt8](repeating: 7, count: 65_100)
        let file = try capture([
            entry([1, 2, 3], .sent, .tcp, a, b), entry(long, .sent, .tcp, a, b), entry([9], .received, .tcp, a, b),
        ])
        var at = 24
        var sequences: [UInt32] = []
        var acknowledgements: [UInt32] = []
        func word(_ i: Int) -> UInt32 { file[i..<(i + 4)].reduce(0) { $0 << 8 | UInt32($1) } }
        while at < file.count {
            sequences.append(word(at + 16 + 24))
            acknowledgements.append(word(at + 16 + 28))
            at += 16 + Int(word(at + 8))
        }
        #expect(sequences == [1, 4, 65_004, 1])
        #expect(acknowledgements == [1, 1, 1, 65_104])
    }

    @Test("IPv6 packets carry a UDP checksum, never zero")
    func version6() throws {
        let six = SocketAddress(family: .v6, high: 0, low: 1, port: 5060)
        let file = try capture([entry([1], .sent, .udp, six, six.with(port: 4060))])
        let packet = Array(file[40...])
        #expect(packet[0] == 0x60 && packet.count == 49)
        #expect(sum(Array(packet[8..<40]) + [0, 17, 0, 9] + packet[40...]) == 0xFFFF)
    }

    @Test("A file that cannot be written is an error that names it")
    func unwritable() {
        #expect(throws: NetworkError.self) {
            try CaptureFile(path: "/nonexistent/x.pcap", epochOffset: 0)
        }
    }

    @Test("Packets lost to a full disk are told of, with the file's name and the reason")
    func lostPackets() throws {
        let file = try CaptureFile(path: "/dev/full", epochOffset: 0)
        #expect(file.problem == nil)
        file.flush()
        #expect(file.problem?.contains("/dev/full: No space left") == true, "\(file.problem ?? "")")
    }

    @Test("A full disk costs packets, never half a packet: what follows can be read")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var template = Array("/tmp/imsbox-capture-XXXXXX".utf8CString)
            let descriptor = mkstemp(&template)
            let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            defer { unlink(path) }
            let file = try CaptureFile(path: path, epochOffset: 0)
            let tap = InstanceTap(clock: StillClock(), capture: file)
            let (here, there) = (SocketAddress(127, 0, 0, 1, port: 1), SocketAddress(127, 0, 0, 1, port: 2))
            func limit(_ size: rlim_t) {
                var room = rlimit(rlim_cur: size, rlim_max: rlim_t.max)
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &room)
            }
            func send(_ count: Int) {
                tap.sip(.sent, [UInt8](repeating: 120, count: count), local: here, remote: there, .udp)
                file.flush()
            }
            let whole = { (count: Int) in 16 + 28 + count }
            send(1_000)
            limit(2_500)
            send(3_000)
            send(500)
            limit(rlim_t.max)
            send(2_000)
            var found = stat()
            fstat(descriptor, &found)
            #expect(Int(found.st_size) == 24 + whole(1_000) + whole(500) + whole(2_000))
        }
    }
}
