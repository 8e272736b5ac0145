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
