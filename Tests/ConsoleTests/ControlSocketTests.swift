import Console
import Dispatch
import Glibc
import RoleKit
import Testing

/// Server and client of the control socket against each other, in a directory of their own.
@Suite struct ControlSocketTests {
    /// A directory for one test.
    private final class Place {
        let path: String

        init() throws {
            var template = Array("/tmp/imsbox-control-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        deinit {
            for name in ControlClient.instances(in: path) { unlink("\(path)/\(name).sock") }
            rmdir(path)
        }
    }

    /// Asks from a thread of its own: the threads tests run on are the ones that answer.
    private func ask(_ request: ControlRequest, _ instance: String, _ place: Place) async throws -> Report {
        let path = place.path
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "client").async {
                continuation.resume(
                    with: Result { try ControlClient.ask(request, instance: instance, in: path) })
            }
        }
    }

    private func echo(_ request: ControlRequest) async -> Result<Report, ControlError> {
        request.command == "bad"
            ? .failure(ControlError("no such command")) : .success(.list(request.keys.map(Report.text)))
    }

    @Test("A question gets its answer, from each instance's own socket; the file is its owner's only")
    func questionAndAnswer() async throws {
        let place = try Place()
        let server = ControlServer()
        try server.open(instance: "hss", in: place.path) { _ in .success(.text("I am the HSS")) }
        try server.open(instance: "pcscf", in: place.path, echo)
        try server.start()
        defer { server.stop() }
        #expect(ControlClient.instances(in: place.path) == ["hss", "pcscf"])
        let request = ControlRequest(command: "trace", keys: ["a\nb", "ä"])
        for _ in 0..<3 {
            #expect(
                try await self.ask(request, "pcscf", place) == .list([.text("a\nb"), .text("ä")]))
            #expect(try await self.ask(request, "hss", place) == .text("I am the HSS"))
        }
        var found = stat()
        #expect(stat("\(place.path)/hss.sock", &found) == 0)
        #expect(found.st_mode & 0o777 == 0o600)
    }

    /// A client that connects and says `text`.
    private func client(of instance: String, _ place: Place, saying text: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(place.path)/\(instance).sock".utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        _ = Array(text.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        return descriptor
    }

    /// Waits until the server has read what a client said, so that it now serves this one.
    private func untilRead(_ client: Int32) {
        var unread: Int32 = 1
        while unread > 0, ioctl(client, UInt(TIOCOUTQ), &unread) == 0 { sched_yield() }
    }

    @Test(
        "Clients that say half a question, or do not read their answer, do not delay the end",
        arguments: ["{", "{\"command\":\"x\"}\n"])
    func endDespiteClients(question: String) throws {
        let place = try Place()
        let server = ControlServer()
        let large = Report.text(String(repeating: "x", count: 8 << 20))
        try server.open(instance: "hss", in: place.path) { _ in .success(large) }
        try server.start()
        let clients = try (0..<3).map { _ in try client(of: "hss", place, saying: question) }
        untilRead(clients[0])
        let spent = ContinuousClock().measure { server.stop() }
        #expect(spent < .seconds(ControlServer.answerSeconds))
        for descriptor in clients { close(descriptor) }
    }

    @Test("An instance that does not answer does not delay the end")
    func endDespiteInstance() throws {
        let place = try Place()
        let server = ControlServer()
        let (busy, end) = AsyncStream.makeStream(of: Void.self)
        defer { end.finish() }
        try server.open(instance: "hss", in: place.path) { _ in
            for await _ in busy {}
            return .success(.text(""))
        }
        try server.start()
        let client = try client(of: "hss", place, saying: "{\"command\":\"x\"}\n")
        untilRead(client)
        let spent = ContinuousClock().measure { server.stop() }
        #expect(spent < .seconds(ControlServer.answerSeconds))
        close(client)
    }

    @Test("An answer larger than any buffer arrives whole")
    func largeAnswer() async throws {
        let place = try Place()
        let server = ControlServer()
        let large = Report.list((0..<100_000).map { .text("registration \($0)") })
        try server.open(instance: "scscf", in: place.path) { _ in .success(large) }
        try server.start()
        defer { server.stop() }
        #expect(try await self.ask(ControlRequest(command: "x"), "scscf", place) == large)
    }

    @Test("A refusal reaches the one who asked, with the instance's name")
    func refusal() async throws {
        let place = try Place()
        let server = ControlServer()
        try server.open(instance: "hss", in: place.path, echo)
        try server.start()
        defer { server.stop() }
        await #expect(throws: ControlError("hss: no such command")) {
            try await self.ask(ControlRequest(command: "bad"), "hss", place)
        }
    }

    @Test("Garbage and a client that leaves do not disturb the next one")
    func garbage() async throws {
        let place = try Place()
        let server = ControlServer()
        try server.open(instance: "hss", in: place.path, echo)
        try server.start()
        defer { server.stop() }
        for text in ["garbage\n", "{\"x\":1}\n", "", "[[[[\n", String(repeating: "x", count: 100_000)] {
            let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(place.path)/hss.sock".utf8) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(client, $0, size) }
            }
            #expect(connected == 0)
            _ = Array(text.utf8).withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            close(client)
        }
        #expect(
            try await self.ask(ControlRequest(command: "x", keys: ["k"]), "hss", place)
                == .list([.text("k")]))
    }

    @Test("A dead process's socket is replaced; a living one's is not, and other files are left alone")
    func staleSocket() async throws {
        let place = try Place()
        let first = ControlServer()
        try first.open(instance: "hss", in: place.path, echo)
        try first.start()
        #expect(throws: ControlError.self) { try ControlServer().open(instance: "hss", in: place.path, self.echo) }
        first.stop()
        #expect(ControlClient.instances(in: place.path).isEmpty)

        let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(place.path)/hss.sock".utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(dead, $0, size) }
        }
        close(dead)
        #expect(bound == 0)
        await #expect(throws: ControlError.self) {
            try await self.ask(ControlRequest(command: "x"), "hss", place)
        }
        let second = ControlServer()
        try second.open(instance: "hss", in: place.path, echo)
        second.stop()

        let file = fopen("\(place.path)/hss.sock", "w")
        if let file { fclose(file) }
        #expect(throws: ControlError.self) { try ControlServer().open(instance: "hss", in: place.path, self.echo) }
    }

    @Test("An instance that is not there, and a path too long, are named with what to do")
    func absent() async throws {
        let place = try Place()
        await #expect(throws: ControlError.self) {
            try await self.ask(ControlRequest(command: "x"), "hss", place)
        }
        let long = place.path + "/" + String(repeating: "d", count: 120)
        #expect(throws: ControlError.self) {
            try ControlClient.ask(ControlRequest(command: "x"), instance: "hss", in: long)
        }
        #expect(ControlClient.instances(in: long).isEmpty)
    }
}
