import Foundation
import LabHarness
import Testing

/// Two phones played by sipp, each on its own address: one calls, one is called.
struct SippPair {
    let lab: Lab
    var transport = Sipp.Transport.udp
    var perSecond = 20
    let caller = Subscriber(number: 1)
    let callee = Subscriber(number: 2)

    /// Both register, each from the address it will use.
    func register() throws {
        for phone in [caller, callee] {
            let injection = try injectionFile(phone)
            let sipp = try start(
                "register", phone, count: 1, ["\(lab.pcscf)", "-inf", injection, "-auth_uri", Subscriber.domain])
            defer { sipp.destroy() }
            try finish(sipp)
        }
    }

    /// Runs `count` calls of the scenarios `NAME-caller` and `NAME-callee`, and requires that both sides find every one
    /// good.
    func run(_ caller: String, _ callee: String, count: Int) throws {
        let answering = try start(callee, self.callee, count: count, [])
        defer { answering.destroy() }
        let calling = try start(
            caller, self.caller, count: count,
            [
                "\(lab.pcscf)", "-inf", try injectionFile(self.caller), "-r", "\(perSecond)",
                "-key", "callee", "+\(self.callee.msisdn)", "-key", "callerid", "+\(self.caller.msisdn)",
            ])
        defer { calling.destroy() }
        try finish(calling)
        try finish(answering)
    }

    /// No element knows of a call any more.
    func requireNoCalls() throws {
        let left = try lab.imsbox("calls", "--state-dir", lab.state.path)
        try #require(left.contains("no calls"), "\(left)")
    }

    private func injectionFile(_ phone: Subscriber) throws -> String {
        let file = lab.folder.appendingPathComponent("\(phone.imsi)-\(UUID().uuidString.prefix(8)).csv")
        try Sipp.injectionFile(phone.number...phone.number, lab.addresses)
            .write(to: file, atomically: false, encoding: .utf8)
        return file.path
    }

    private func start(_ scenario: String, _ phone: Subscriber, count: Int, _ more: [String]) throws -> Child {
        let file = Sipp.scenarios.appendingPathComponent("\(scenario).xml").path
        let errors = lab.folder.appendingPathComponent("\(scenario)-\(UUID().uuidString.prefix(8)).errors").path
        return try Child(
            Product.tool("sipp"),
            more + [
                "-sf", file, "-i", "\(lab.addresses.ue(phone.number))", "-p", "5090", "-m", "\(count)",
                "-t", transport == .udp ? "u1" : "t1", "-key", "ueport", "5090", "-nostdin", "-timeout", "60",
                "-timeout_error", "-trace_err", "-error_file", errors,
            ],
            name: scenario)
    }

    private func finish(_ child: Child) throws {
        let status = try child.waitForExit(within: 90)
        try #require(status == .code(0), "\(child.name): \(status)\n\(child.text.suffix(3000))\n\(errors(of: child))")
    }

    private func errors(of child: Child) -> String {
        let files =
            (try? FileManager.default.contentsOfDirectory(at: lab.folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.lastPathComponent.hasPrefix(child.name) && $0.pathExtension == "errors" }
            .compactMap { try? String(contentsOf: $0, encoding: .utf8) }.joined().prefix(3000).description
    }
}
