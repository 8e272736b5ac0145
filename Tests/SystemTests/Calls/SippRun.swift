import Foundation
import LabHarness

/// A sipp at work, and what it found wrong.
///
/// On a slow machine messages come again, as by the book: requests whose answer is late, responses to them, provisional
/// ones through every proxy (RFC 3261 §17.2.1, §16.7 step 5), the ACK of a 2xx that was repeated (§13.2.2.4). sipp 3.6.1
/// knows a repeat of the last message for one, and takes others for unexpected; told so, it goes on. It is told so, and
/// here everything unexpected that did not come before is a fault. Only a 100 may come unannounced (RFC 4320 §4.1).
struct SippRun {
    struct Files {
        /// What it did not expect, in full.
        let errors: URL
        /// One line a message.
        let messages: URL

        init(_ base: URL) {
            errors = base.appendingPathExtension("errors")
            messages = base.appendingPathExtension("messages")
        }
    }

    let child: Child
    let files: Files

    /// What went wrong, once it has ended; nil: nothing.
    func fault() throws -> String? {
        let status = try child.waitForExit(within: 90)
        let said = Self.text(files.errors)
        let times = received()
        // What comes after the end of a call is not among what it has received.
        let odd = Self.unexpected(said).filter { message, isLate in
            times[message, default: 0] < (isLate ? 1 : 2) && message.startLine != "SIP/2.0 100 Trying"
        }.map(\.message)
        if status == .code(0), odd.isEmpty { return nil }
        return "\(child.name): \(status), unexpected: \(odd)\n\(said.prefix(2000))\n\(child.text.suffix(3000))"
    }

    /// What tells a message from others of its sipp.
    private struct Key: Hashable, CustomStringConvertible {
        let callID: String
        let cseq: String
        let startLine: String

        var description: String { "\(startLine) (\(callID), \(cseq))" }
    }

    /// How often each message came in.
    private func received() -> [Key: Int] {
        var times: [Key: Int] = [:]
        for line in Self.text(files.messages).split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count >= 7, fields[3] == "R" else { continue }
            times[Key(callID: fields[4], cseq: Self.value(fields[5]), startLine: fields[6]), default: 0] += 1
        }
        return times
    }

    private static func unexpected(_ said: String) -> [(message: Key, isLate: Bool)] {
        let pieces = said.components(separatedBy: "received '")
        return zip(pieces, pieces.dropFirst()).map { before, message in
            let lines = message.split(whereSeparator: \.isNewline).map(String.init)
            func header(_ name: String) -> String { lines.first { $0.hasPrefix(name + ":") }.map(value) ?? "" }
            let key = Key(callID: header("Call-ID"), cseq: header("CSeq"), startLine: lines.first ?? "")
            return (key, before.hasSuffix("(successful), "))
        }
    }

    private static func value(_ header: String) -> String {
        String(header.drop { $0 != ":" }.dropFirst()).trimmingCharacters(in: .whitespaces)
    }

    private static func text(_ file: URL) -> String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
}
