import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// The shipped files, several instances of a role, and what a service manager is told.
    @Suite("Instances")
    struct Instances {
        @Test("The files of `instances/`, on other addresses and otherwise as they are, register a lab subscriber")
        func shippedFiles() throws {
            try Lab.with { lab in
                let folder = lab.folder.appendingPathComponent("shipped")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for role in Role.allCases {
                    let file = Product.root.appendingPathComponent("instances/\(role).yaml")
                    let text = Self.moved(try String(contentsOf: file, encoding: .utf8), of: role, to: lab.files)
                    let copy = folder.appendingPathComponent("\(role).yaml")
                    try text.write(to: copy, atomically: false, encoding: .utf8)
                }
                try lab.start(folder: folder)
                try #require(lab.phone(1).attempt().map(\.status) == [401, 200])
                try #require(lab.phone(1000).attempt().map(\.status) == [401, 200])
                try lab.stop()
            }
        }

        @Test("Two P-CSCFs in one box: both lead to the same S-CSCF")
        func twoPCSCFs() throws {
            try Lab.run(.box, LabSettings { $0.spares = [.pcscf] }) { lab in
                try #require(lab.phone(1).attempt().map(\.status) == [401, 200])
                let other = try Phone(
                    Subscriber(number: 2), at: lab.addresses.ue(2),
                    pcscf: Endpoint(lab.files.address(.pcscf, spare: true), 5060))
                try #require(other.attempt().map(\.status) == [401, 200])
                let expected = Set((1...2).map { Subscriber(number: $0).impi })
                try #require(Set(lab.registrations().map(\.impi)) == expected)
            }
        }

        @Test("TS 24.229 §5.3.1.3: a dead S-CSCF is replaced by the next", arguments: [1, 2])
        func deadSCSCF(number: Int) throws {
            try Lab.run(.processes, LabSettings { $0.spares = [.scscf] }) { lab in
                try lab.startSpare(.scscf)
                let phone = try lab.phone(number)
                // The second phone was registered at the S-CSCF that dies: the HSS still names it (UAR type 2 is needed).
                if number == 2 { try #require(phone.attempt().map(\.status) == [401, 200]) }
                try lab.crash(.scscf)
                _ = try phone.registerEventually(within: 60)
            }
        }

        @Test(
            "TS 24.229 §4.4: a P-CSCF on another address of the machine is believed unnamed, and by a restarted S-CSCF",
            .enabled(if: Namespace.isPossible, "needs root for a network namespace"),
            arguments: [Shape.box, .processes])
        func ownAddresses(shape: Shape) throws {
            try OutsideAddress.run { address in
                try Lab.run(shape, LabSettings { $0.gm = [address] }) { lab in
                    let phone = try lab.phone(1)
                    try #require(phone.attempt().map(\.status) == [401, 200])
                    try lab.crash(.scscf)
                    try lab.start(shape.processes.filter { $0.contains(.scscf) })
                    _ = try phone.registerEventually(within: 40)
                }
            }
        }

        @Test("IPv6: phones register over ::1 as over 127.0.0.1")
        func ipv6() throws {
            let port = try Socket(.datagram, on: .ipv6).local.port
            try Lab.run(.box, LabSettings { $0.ipv6Port = port }) { lab in
                let phone = try Phone(Subscriber(number: 1), at: .ipv6, pcscf: Endpoint(.ipv6, port))
                try #require(phone.attempt().map(\.status) == [401, 200])
                try #require(phone.attempt(expires: 0).map(\.status) == [401, 200])
            }
        }

        @Test("sd_notify(3): READY=1 when ready, STOPPING=1 when told to end", arguments: [Shape.box, .processes])
        func serviceManager(shape: Shape) throws {
            try Lab.with { lab in
                let path = lab.folder.appendingPathComponent("notify").path
                let manager = try NotifySocket(path: path)
                try lab.provision(1...2)
                try lab.start(shape.processes, environment: ["NOTIFY_SOCKET": path])
                for _ in shape.processes { try #require(manager.next(within: 20).contains("READY=1")) }
                try lab.stop()
                for _ in shape.processes { try #require(manager.next(within: 20).contains("STOPPING=1")) }
            }
        }

        /// A shipped file on the lab's addresses: each port of the README's table belongs to one role.
        private static func moved(_ text: String, of role: Role, to files: InstanceFiles) -> String {
            let ports: [(String, Role)] = [("4060", .icscf), ("6060", .scscf), ("3868", .hss), ("5060", .pcscf)]
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                let owner = ports.first { line.contains("127.0.0.1:\($0.0)") }?.1 ?? role
                return line.replacingOccurrences(of: "127.0.0.1", with: "\(files.address(owner))")
            }
            return lines.joined(separator: "\n")
        }
    }
}

/// The socket of a service manager, sd_notify(3).
private final class NotifySocket {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw HarnessError("bind \(path): errno \(errno)") }
    }

    func next(within seconds: Double) throws -> String {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Deadline(seconds: seconds).milliseconds) > 0 else { return "" }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    deinit { close(descriptor) }
}
