import Foundation
import LabHarness
import Testing

/// A phone that sipp plays: a lab subscriber's, at port 5090 of an address of its own.
struct SippPhone {
    let lab: Lab
    let subscriber: Subscriber
    let address: Loopback
    let transport: Sipp.Transport
    /// Contact parameters; with any, or a second phone, the contact is one flow of several (RFC 5626).
    var flow: (id: Int, parameters: String)?

    /// Registers, and returns the sipp that does it.
    func register() throws -> SippRun {
        let unique = UUID().uuidString.prefix(8)
        let injection = lab.folder.appendingPathComponent("\(subscriber.imsi)-\(unique).csv")
        let fields = Sipp.injectionFile(subscriber.number...subscriber.number, lab.addresses)
            .replacingOccurrences(of: "\(lab.addresses.ue(subscriber.number));", with: "\(address);")
        try fields.write(to: injection, atomically: false, encoding: .utf8)
        let more = ["-inf", injection.path, "-auth_uri", Subscriber.domain, "-key", "ueport", "5090", "\(lab.pcscf)"]
        return try start(Self.registering, registration(), count: 1, more)
    }

    /// Plays a scenario.
    func play(_ name: String, _ steps: [SippStep], with peer: Subscriber, isCaller: Bool, count: Int) throws -> SippRun
    {
        let role = SippRole(own: "+\(subscriber.msisdn)", peer: "+\(peer.msisdn)", isCaller: isCaller)
        let scenario = steps.scenario(name, role)
        return try start(
            name, scenario, count: count,
            isCaller ? ["\(lab.pcscf)", "-r", "10", "-key", "ownimsi", subscriber.imsi] : [])
    }

    /// Whether somebody listens where this phone is called.
    func listens() throws -> Bool {
        let number = address.number
        let bytes = (0..<4).map { UInt8(number >> (8 * UInt32($0)) & 255) }
        let place = bytes.map { String(format: "%02X", $0) }.joined() + ":" + String(format: "%04X", 5090)
        let state = transport == .tcp ? "0A" : "07"
        let table = try KernelFile.text("/proc/thread-self/net/" + (transport == .tcp ? "tcp" : "udp"))
        return table.split(separator: "\n").contains { row in
            let fields = row.split(separator: " ")
            return fields.count > 3 && fields[1] == place && fields[3] == state
        }
    }

    private static let registering = "register"

    private func registration() throws -> String {
        let file = Sipp.scenarios.appendingPathComponent("register.xml")
        let text = try String(contentsOf: file, encoding: .utf8)
        guard let flow else { return text }
        return text.replacingOccurrences(
            of: "\"<urn:gsma:imei:35209900-176148-0>\"",
            with: "\"<urn:gsma:imei:35209900-176148-0>\";reg-id=\(flow.id)\(flow.parameters)")
    }

    private func start(_ name: String, _ scenario: String, count: Int, _ more: [String]) throws -> SippRun {
        let base = lab.folder.appendingPathComponent("\(subscriber.imsi)-\(UUID().uuidString.prefix(8))")
        let file = base.appendingPathExtension("xml")
        try scenario.write(to: file, atomically: false, encoding: .utf8)
        let run = SippRun.Files(base)
        let child = try Child(
            Product.tool("sipp"),
            more + [
                "-sf", file.path, "-i", "\(address)", "-p", "5090", "-ci", "\(address)", "-m", "\(count)",
                "-t", transport == .udp ? "u1" : "t1", "-nostdin", "-timeout", "60", "-timeout_error",
                "-default_behaviors", name == Self.registering ? "all" : "none",
                "-trace_err", "-error_file", run.errors.path, "-trace_shortmsg", "-shortmessage_file",
                run.messages.path,
            ],
            name: "\(name), \(transport), \(base.lastPathComponent)")
        return SippRun(child: child, files: run)
    }
}
