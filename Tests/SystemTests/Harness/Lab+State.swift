import Foundation
import LabHarness

/// One registration as `imsbox registrations --json` shows it.
struct ShownRegistration {
    let impi: String
    let all: [String: Any]
}

extension Lab {
    /// The registrations of the S-CSCF, through the product's own command and control socket.
    func registrations() throws -> [ShownRegistration] {
        try Self.objects(in: json("registrations")).compactMap { object in
            (object["impi"] as? String).map { ShownRegistration(impi: $0, all: object) }
        }
    }

    /// What a command prints with `--json`.
    func json(_ command: String) throws -> Any {
        let text = try imsbox(command, "--json", "--state-dir", state.path)
        do {
            return try JSONSerialization.jsonObject(with: Data(text.utf8))
        } catch {
            throw HarnessError("`imsbox \(command) --json` printed no JSON (\(error)):\n\(text)")
        }
    }

    /// Every JSON object at any depth.
    static func objects(in value: Any) -> [[String: Any]] {
        if let list = value as? [Any] { return list.flatMap { objects(in: $0) } }
        guard let object = value as? [String: Any] else { return [] }
        return [object] + object.values.flatMap { objects(in: $0) }
    }
}

extension LabSettings {
    /// For calls: transactions are over after 6.4 s in place of 32 s and 128 s.
    static let forCalls = LabSettings {
        $0.t1 = 100
        $0.isInMemory = true
    }
}

extension Lab {
    /// Waits until no CSCF knows of a call, a transaction or a SIP timer any more (RFC 3261 §17: 64·T1 after the last).
    func requireNothingLeft(within seconds: Double = 30) throws {
        var left = ""
        do {
            try Deadline(seconds: seconds).wait("nothing left behind") {
                left = try leftBehind()
                return left.isEmpty
            }
        } catch let error as HarnessError {
            throw HarnessError("\(error): \(left)")
        }
    }

    private func leftBehind() throws -> String {
        let counters = try Self.objects(in: json("status")).flatMap { instance -> [String] in
            guard let name = instance["instance"] as? String, let counts = instance["counts"] as? [String: Any] else {
                return []
            }
            return try ["calls", "transactions", "timers"].compactMap { key in
                if name == "hss" || name == "icscf" && key == "calls" { return nil }
                guard let count = counts[key] as? Int else { throw HarnessError("\(name) does not count its \(key)") }
                return count == 0 ? nil : "\(name): \(count) \(key)"
            }
        }
        let calls = try Self.objects(in: json("calls")).compactMap { $0["call-id"] as? String }
        return (counters + calls).joined(separator: ", ")
    }
}
