import Foundation
import LabHarness

/// Debian's baresip, a soft phone with a password; without sound card, screen or bus.
///
/// It is driven by its `ctrl_tcp` module: commands and events are JSON in netstrings. Its sound comes from and goes to a
/// bridge inside the process.
final class Baresip {
    let user: String
    let child: Child
    private let control: Socket
    private var buffer: [UInt8] = []
    /// Events read so far that nobody has waited for.
    private var events: [[String: Any]] = []

    var impu: String { "sip:\(user)@\(Subscriber.domain)" }
    var impi: String { "\(user)@\(Subscriber.domain)" }

    /// Starts one on an address of its own; it registers, and answers every call.
    init(_ user: String, password: String, at address: Loopback, transport: String, lab: Lab) throws {
        self.user = user
        let folder = lab.folder.appendingPathComponent("baresip-\(user)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let identity = "\(user)@\(Subscriber.domain)"
        let account = """
            <sip:\(identity);transport=\(transport)>;auth_user=\(identity);auth_pass=\(password)\
            ;outbound="sip:\(lab.pcscf);transport=\(transport)";regint=600;answermode=auto;audio_codecs=PCMU

            """
        // Files that are there are read; those that are not it would make, with examples.
        for (name, text) in [("config", Self.config(address)), ("accounts", account), ("contacts", "")] {
            try text.write(to: folder.appendingPathComponent(name), atomically: false, encoding: .utf8)
        }
        child = try Child(Product.tool("baresip"), ["-f", folder.path], name: "baresip \(user)")
        let port = Endpoint(address, Self.controlPort)
        control = try Socket(.stream, on: address)
        do {
            try Deadline(seconds: 30).wait("\(user)'s control port") { [control] in
                (try? control.connect(to: port)) != nil
            }
        } catch {
            child.destroy()
            throw HarnessError("\(error)\n\(child.text)")
        }
    }

    deinit { child.destroy() }

    private static let controlPort: UInt16 = 4444

    private static func config(_ address: Loopback) -> String {
        """
        sip_listen \(address):5090
        net_interface \(address)
        audio_source aubridge,room
        audio_player aubridge,room
        audio_alert aubridge,bell
        module_path /usr/lib/baresip/modules
        module g711.so
        module aubridge.so
        module_tmp uuid.so
        module_tmp account.so
        module_app menu.so
        module_app ctrl_tcp.so
        ctrl_tcp_listen \(address):\(controlPort)

        """
    }

    /// A command as a user would type it.
    func command(_ name: String, _ parameters: String = "") throws {
        let object = try JSONSerialization.data(withJSONObject: ["command": name, "params": parameters])
        try control.write(Array("\(object.count):".utf8) + object + Array(",".utf8))
    }

    /// Waits for an event of this type and returns it.
    @discardableResult
    func event(_ type: String, within seconds: Double = 30) throws -> [String: Any] {
        let deadline = Deadline(seconds: seconds)
        while true {
            if let index = events.firstIndex(where: { $0["type"] as? String == type }) {
                return events.remove(at: index)
            }
            guard let bytes = try control.receive(by: deadline), !bytes.isEmpty else {
                throw HarnessError("baresip \(user): no \(type), but \(events)\n\(child.text.suffix(3000))")
            }
            buffer += bytes
            while let object = try takeObject() { events.append(object) }
        }
    }

    /// One netstring off what has come.
    private func takeObject() throws -> [String: Any]? {
        guard let colon = buffer.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        guard let length = Int(String(decoding: buffer[..<colon], as: UTF8.self)) else {
            throw HarnessError("baresip \(user) sent no netstring")
        }
        guard buffer.count > colon + 1 + length else { return nil }
        let data = Data(buffer[(colon + 1)...(colon + length)])
        buffer.removeFirst(colon + length + 2)
        return try JSONSerialization.jsonObject(with: data) as? [String: Any]
    }

    /// Ends it as Ctrl-C does: it de-registers first.
    func quit() throws {
        child.signal(SIGTERM)
        let status = try child.waitForExit(within: 30)
        guard status == .code(0) else { throw HarnessError("baresip \(user): \(status)\n\(child.text)") }
    }
}
