import Foundation
import Testing

@testable import Diameter

/// Whether Wireshark's tools are there to compare with. On a developer's machine tests without them are skipped; where
/// `CI` is `true` they run regardless, and fail: a check that nobody runs is none.
enum Wireshark {
    static let isRequired = ProcessInfo.processInfo.environment["CI"] == "true"
    static let hasTools = ["tshark", "text2pcap"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0)
    }
    static let cure: Comment = "tshark is not installed: apt-get install tshark"
}

/// An independent decoder reads what we write: every command, request and answer, with every AVP its grammar names.
@Suite("Messages decoded by tshark", .enabled(if: Wireshark.hasTools || Wireshark.isRequired, Wireshark.cure))
struct TsharkDecodeTests {
    /// Rows younger than the dictionary of Debian's tshark.
    private static let younger = Set(UInt32(659)...666)

    /// A User-Name that S6a can have too, where tshark reads an IMSI.
    private static let imsi = "001010000000001"

    private func full(_ rules: [AVPRule], into container: inout some AVPContainer, depth: Int) {
        for rule in rules where !Self.younger.contains(rule.code) {
            guard let row = AVPDictionary.standard.definition(rule.code, rule.vendor) else { continue }
            var data = Samples.data(row)
            if row.code == Base.userName.code, row.vendor == .ietf { data = Array(Self.imsi.utf8) }
            if row.format == .grouped {
                if depth == 0 { continue }
                var group = AVPGroup()
                full(row.members, into: &group, depth: depth - 1)
                // tshark looks into Failed-AVP: it shows a whole AVP.
                if row.code == Base.failedAVP.code { group.add(Base.userName, Self.imsi) }
                data = Array(group.bytes[group.body])
            }
            container.add(code: row.code, vendor: row.vendor, flags: row.flags, data: data)
        }
    }

    private func run(_ tool: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/" + tool)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(tool) \(arguments)")
        return String(decoding: data, as: UTF8.self)
    }

    @Test("no malformed message, no unknown AVP, and the names are the specification's")
    func everyCommand() throws {
        try #require(Wireshark.hasTools, Wireshark.cure)
        var dump = ""
        var expected: [String] = []
        for rule in CommandTable.standard.rules {
            for isRequest in [true, false] {
                let proxiable: CommandFlags = rule.isProxiable ? [.proxiable] : []
                var message = DiameterMessage(
                    rule.code, application: rule.application, flags: proxiable.union(isRequest ? [.request] : []),
                    hopByHop: UInt32(expected.count + 1), endToEnd: 1)
                full(isRequest ? rule.request : rule.answer, into: &message, depth: 4)
                #expect(try DiameterMessage.decode(message.encode()).1.isEmpty, "\(rule.name)")
                let bytes = message.encode().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
                dump += "000000 " + bytes.joined(separator: " ") + "\n"
                expected.append("\(rule.name)(\(rule.code))")
            }
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imsbox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = folder.appendingPathComponent("messages.txt").path
        let capture = folder.appendingPathComponent("messages.pcap").path
        try dump.write(toFile: text, atomically: true, encoding: .utf8)
        _ = try run("text2pcap", ["-q", "-T", "40000,3868", text, capture])
        let decoded = try run("tshark", ["-r", capture, "-V", "-o", "tcp.desegment_tcp_streams:FALSE"])
        let lines = decoded.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let commands = lines.filter { $0.hasPrefix("Command Code: ") }
        #expect(commands.count == expected.count)
        for (line, name) in zip(commands, expected) { #expect(line.contains(name.split(separator: "(")[0]), "\(line)") }
        #expect(lines.count { $0.hasPrefix("AVP: ") } > 300)
        for mark in ["Malformed", "Unknown AVP", "AVP: Unknown", "Wrong", "Invalid", "undecoded", "Bogus", "Padding:"] {
            let marked = lines.filter {
                $0.contains(mark) && $0 != "Padding: 00" && $0 != "Padding: 0000" && $0 != "Padding: 000000"
            }
            #expect(marked.isEmpty, "\(mark): \(marked.prefix(5))")
        }
    }
}
