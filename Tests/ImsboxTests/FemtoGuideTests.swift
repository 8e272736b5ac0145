import ArgumentParser
import Foundation
import Testing

@testable import imsbox

/// What `instances/femto.md` tells people to write is what this program takes.
@Suite struct FemtoGuideTests {
    private static let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.top.appendingPathComponent(path), encoding: .utf8)
    }

    /// Fenced blocks of YAML by the file their first line names.
    private func snippets() throws -> [(file: String, text: String)] {
        try text("instances/femto.md").components(separatedBy: "```yaml\n").dropFirst().map { part in
            let body = part.components(separatedBy: "```")[0]
            let name = body.split(separator: "\n")[0].dropFirst(2)
            return (String(name), body)
        }
    }

    /// Indented lines that call this program; one with `push|detach` or `calls | peers` is as many.
    private func commands() throws -> [[String]] {
        try (text("instances/femto.md") + text("README.md")).split(separator: "\n").flatMap { line in
            Self.alternatives(Self.call(line.replacingOccurrences(of: " | ", with: "|")))
        }
    }

    private static func alternatives(_ words: [String]) -> [[String]] {
        guard let place = words.firstIndex(where: { $0.contains("|") }) else { return words.isEmpty ? [] : [words] }
        return words[place].split(separator: "|").flatMap { word in
            alternatives(words[..<place] + [String(word)] + words[(place + 1)...])
        }
    }

    private static func call(_ line: String) -> [String] {
        let words = line.prefix { $0 != "#" }.split(separator: " ").map(String.init)
        let call = words.first == "$" ? Array(words.dropFirst()) : words
        guard line.hasPrefix("    "), call.first == "imsbox", !line.contains("...") else { return [] }
        return Array(call.dropFirst())
    }

    /// The command words name, and what follows its name.
    private static func named(_ words: [String]) -> (command: any ParsableCommand.Type, rest: ArraySlice<String>) {
        var command: any ParsableCommand.Type = Imsbox.self
        var rest = words[...]
        while let word = rest.first,
            let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == word })
        {
            (command, rest) = (next, rest.dropFirst())
        }
        return (command, rest)
    }

    @Test("Its instance files are taken as they stand")
    func instanceFiles() throws {
        let snippets = try snippets()
        #expect(Set(snippets.map(\.file)) == ["hss.yaml", "pcscf.yaml"])
        for (file, text) in snippets {
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            let role = file.split(separator: ".")[0]
            try "role: \(role)\n\(text)".write(
                to: directory.appendingPathComponent(file), atomically: true, encoding: .utf8)
            let read = InstanceFiles(try InstanceFiles.inDirectory(directory.path))
            #expect(read.faults.isEmpty, "\(file): \(read.faults)")
            #expect(read.plans.count == 1)
        }
    }

    @Test("Its commands, and README's, are understood")
    func commandLines() throws {
        let commands = try commands()
        #expect(commands.count > 30)
        for words in commands where !words.contains(where: { $0.contains("[") }) {
            let (command, rest) = Self.named(words)
            #expect(command.configuration.subcommands.isEmpty, "imsbox \(words.joined(separator: " "))")
            // A list of names: what each of them takes is not here.
            guard !rest.isEmpty else { continue }
            let joined = words.filter { $0 != "\\" }
            // What goes on in the next line is not here.
            guard words.last != "\\" else { continue }
            #expect(throws: Never.self, "imsbox \(words.joined(separator: " "))") {
                _ = try Imsbox.parseAsRoot(joined)
            }
        }
    }

    @Test("Every sentence of its table is said where somebody makes that mistake")
    func sentences() async throws {
        let section = try text("instances/femto.md").components(separatedBy: "## 8.").last ?? ""
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().map { row in
            row.split(separator: "|")[0].trimmingCharacters(in: .whitespaces)
        }
        #expect(rows.count > 10)
        var said: [String] = []
        for trouble in SubscriberTrouble.all {
            said += SubscriberCheck.said(try await trouble.make()).map(\.finding.text)
        }
        for trouble in DoctorTrouble.all {
            var facts = try DoctorFixture.healthy(pcscf: trouble.pcscf)
            try trouble.change(&facts)
            said += DoctorCheck.findings(facts).map(\.finding.text)
        }
        for row in rows {
            let pieces = row.components(separatedBy: "…").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(said.contains { text in pieces.allSatisfy { $0.isEmpty || text.contains($0) } }, "\(row)")
        }
    }

    @Test("Its picture is there, and names what the guide says")
    func picture() throws {
        let picture = try text("instances/femto.svg")
        let guide = try text("instances/femto.md")
        #expect(guide.contains("](femto.svg)") && picture.contains("</svg>"))
        for words in ["10.45.0.1:5060", "127.0.0.1:3868", "ogstun", "no NAT", "p-cscf: 10.45.0.1"] {
            #expect(picture.contains(words), "\(words)")
        }
        #expect(try text("README.md").contains("(instances/femto.md)"))
    }
}
