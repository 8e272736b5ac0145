import Foundation
import LabHarness

/// Two phones, played by sipp: lab subscriber 1 calls lab subscriber 2.
struct Phones {
    let folder: URL
    private let addresses = LabAddresses()

    init(folder: URL) {
        self.folder = folder
    }

    /// Both register with IMS AKA for so many seconds, one after the other; 0 de-registers.
    func register(expires: Int) throws {
        let name = expires == 0 ? "deregister" : "register"
        for number in 1...2 {
            let sipp = try start(name, "register", number, ["-key", "expires", "\(expires)"])
            defer { sipp.destroy() }
            try finish(sipp)
        }
    }

    /// INVITE, 180, 200, ACK; the caller hangs up.
    func call() throws {
        let callee = try start("callee", "answer", 2, [])
        defer { callee.destroy() }
        try Endpoint(addresses.ue(2), 5090).waitForListener(by: Deadline(seconds: Core.patience), while: callee)
        let numbers = [1, 2].map { "+\(Subscriber(number: $0).msisdn)" }
        let caller = try start(
            "caller", "call", 1, ["-key", "callerid", numbers[0], "-key", "callee", numbers[1]])
        defer { caller.destroy() }
        try finish(caller)
        try finish(callee)
    }

    /// sipp as the phone of one subscriber.
    private func start(_ name: String, _ scenario: String, _ number: Int, _ more: [String]) throws -> Child {
        let injection = folder.appendingPathComponent("phone-\(number).csv")
        try Sipp.injectionFile(number...number, addresses).write(to: injection, atomically: false, encoding: .utf8)
        let title = "sipp-\(name)-\(number)"
        return try Child(
            Product.tool("sipp"),
            [
                "\(Role.pcscf.endpoint)", "-sf",
                Product.root.appendingPathComponent("Tests/Interop/sipp/\(scenario).xml").path,
                "-inf", injection.path, "-i", "\(addresses.ue(number))", "-p", "5090", "-key", "ueport", "5090",
                "-t", "u1", "-m", "1", "-nostdin", "-timeout", "\(Int(Core.patience))", "-timeout_error", "-auth_uri",
                Subscriber.domain,
                "-trace_err", "-error_file", errors(title).path,
            ] + more, name: title)
    }

    private func errors(_ title: String) -> URL { folder.appendingPathComponent("\(title).errors") }

    private func finish(_ sipp: Child) throws {
        let status = try sipp.waitForExit(within: Core.patience + 10)
        guard status != .code(0) else { return }
        let errors = (try? String(contentsOf: errors(sipp.name), encoding: .utf8)) ?? ""
        throw HarnessError("\(sipp.name): \(status)\n\(errors.prefix(2000))")
    }
}
