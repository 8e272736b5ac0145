import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// Floods, exhaustion and crashes: the core stays up, or goes without telling its secrets.
    @Suite("Hostile world")
    struct HostileWorld {
        @Test("A crash prints no registers and no memory; the process ends at once")
        func crashKeepsSecrets() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                let box = try lab.process(of: .hss)
                box.signal(SIGSEGV)
                try #require(box.waitForExit(within: 20) == .signal(SIGSEGV))
                for word in ["Registers", "rax", "x0 ", "Backtrace"] { #expect(!box.text.contains(word)) }
                try lab.forget(.hss)
            }
        }

        @Test("Out of descriptors: connections leave some to the rest of the process, which goes on in everything")
        func descriptors() throws {
            try Lab.with { lab in
                try lab.provision(1...3)
                let box = try Self.start(lab, descriptors: 64)
                defer { box.destroy() }
                let flood = try (0..<200).map { _ in
                    let stream = try Socket(.stream, on: lab.addresses.ue(800))
                    try stream.connect(to: lab.pcscf)
                    return stream
                }
                // Those beyond the budget were closed, the last of them too.
                try #require(flood[199].receive(by: Deadline(seconds: 10)) == [])
                let used = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(box.pid)/fd").count
                #expect(used < 64)
                #expect(try lab.phone(1).attempt().map(\.status) == [401, 200])
                try lab.imsbox("status", "--state-dir", lab.state.path)
                box.signal(SIGTERM)
                #expect(try box.waitForExit(within: 20) == .code(0))
            }
        }

        @Test("Garbage from hundreds of sources: the log keeps to its budget and says what it left out")
        func logFlood() throws {
            try Lab.run(.box) { lab in
                for number in 1...900 {
                    let stranger = try Socket(.datagram, on: lab.addresses.ue(number))
                    try stranger.send(Array("GARBAGE \(number)\r\n\r\n".utf8), to: lab.pcscf)
                }
                #expect(try lab.phone(1).attempt().map(\.status) == [401, 200])
                let box = try lab.process(of: .pcscf)
                #expect(box.text.split(separator: "\n").filter { $0.contains("message dropped") }.count < 700)
                _ = try Self.sayOneMore(lab, box)
            }
        }

        /// Starts the whole core in one process that may have so many descriptors.
        private static func start(_ lab: Lab, descriptors: Int) throws -> Child {
            let script = "ulimit -n \(descriptors) && exec \"$@\""
            let command = [try Product.binary(), "up", lab.folder.path, "--state-dir", lab.state.path]
            let box = try Child("/bin/sh", ["-c", script, "sh"] + command, name: "box")
            try box.waitForLine(beginning: "ready", within: 60)
            return box
        }

        /// Garbage from further sources until the budget has room again and the missing lines are told.
        private static func sayOneMore(_ lab: Lab, _ box: Child) throws -> [String] {
            for number in 901...999 {
                let stranger = try Socket(.datagram, on: lab.addresses.ue(number))
                try stranger.send(Array("GARBAGE \(number)\r\n\r\n".utf8), to: lab.pcscf)
                if let told = try? box.lines(mentioning: "lines left out", within: 0.1) { return told }
            }
            throw HarnessError("nothing was said of the lines left out")
        }
    }
}
