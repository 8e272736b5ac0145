import RoleKit

/// One question to an instance over its control socket: one line of JSON.
public struct ControlRequest: Sendable, Equatable {
    /// `status`, `registrations`, `peers`, `calls`, `sas`, `subscriber` or `trace`.
    public var command: String
    /// For `trace`: identities and Call-IDs asked for; none means everything. For `subscriber`: one identity.
    public var keys: [String]

    public init(command: String, keys: [String] = []) {
        self.command = command
        self.keys = keys
    }

    init(reading line: [UInt8]) throws(ControlError) {
        let report: Report
        do { report = try JSONReader.read(line) } catch {
            throw ControlError("the request is not JSON: \(error.problem) at byte \(error.offset)")
        }
        guard let command = report["command"]?.text else { throw ControlError("the request names no command") }
        self.command = command
        keys = report["keys"]?.elements.compactMap(\.text) ?? []
    }

    var line: String {
        JSONWriter.line(.object([("command", .text(command)), ("keys", .list(keys.map(Report.text)))]))
    }
}

/// A conversation over a control socket that did not work out; `description` says what to do.
public struct ControlError: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
