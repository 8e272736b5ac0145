import Foundation
import LabHarness

/// freeDiameter, as Debian has it, in the place of an MME: it says what it is told to, and shows what it hears in the
/// words of its own dictionary (`freediameter/mme.c`).
final class FreeDiameterMME {
    static let realm = "epc.mnc001.mcc001.3gppnetwork.org"
    static func host(_ number: Int) -> String { "mme\(number).\(realm)" }

    /// A message as freeDiameter has read it: names of AVPs, those of members behind their groups', and values.
    struct Message {
        var command = ""
        var avps: [(path: String, value: String)] = []

        subscript(path: String) -> String? { avps.first { $0.path == path }?.value }
        func all(_ path: String) -> [String] { avps.filter { $0.path == path }.map(\.value) }
    }

    private let child: Child
    private let requests: Int32
    private var asked = 0

    /// Starts it and waits until the HSS has let it in.
    init(_ number: Int, hss: Endpoint, in folder: URL) throws {
        let home = folder.appendingPathComponent("mme\(number)-\(UUID().uuidString.prefix(4))")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        func path(_ name: String) -> String { home.appendingPathComponent(name).path }
        try Self.run(
            "clang", ["-D_GNU_SOURCE", "-shared", "-fPIC", "-o", path("mme.fdx"), Self.source.path])
        // freeDiameter wants a certificate even where it uses no TLS.
        try Self.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(Self.host(number))",
                "-keyout", path("key.pem"), "-out", path("cert.pem"),
            ])
        try Self.configuration(number, hss: hss, home: home.path)
            .write(toFile: path("mme.conf"), atomically: false, encoding: .utf8)
        let fifo = path("requests")
        guard mkfifo(fifo, 0o600) == 0 else { throw HarnessError("mkfifo \(fifo): errno \(errno)") }
        requests = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard requests >= 0 else { throw HarnessError("\(fifo): errno \(errno)") }
        child = try Child(
            Product.tool("freeDiameterd"), ["-c", path("mme.conf")], name: "freeDiameter, MME \(number)",
            environment: ["MME_REQUESTS": fifo])
        try child.waitForLine(beginning: "mme: open", within: 30)
    }

    private static let source = Product.root.appendingPathComponent("Tests/SystemTests/freediameter/mme.c")

    /// It connects and does not listen; what Debian has of S6a is in dict_dcca_3gpp, Service-Selection in dict_mip6a.
    private static func configuration(_ number: Int, hss: Endpoint, home: String) -> String {
        let dictionaries = ["rfc5777", "mip6a", "nasreq", "dcca", "dcca_3gpp"].map {
            "LoadExtension = \"/usr/lib/freeDiameter/dict_\($0).fdx\";\n"
        }
        return """
            Identity = "\(host(number))";
            Realm = "\(realm)";
            Port = 0;
            SecPort = 0;
            No_SCTP;
            No_IPv6;
            NoRelay;
            TLS_Cred = "\(home)/cert.pem", "\(home)/key.pem";
            TLS_CA = "\(home)/cert.pem";
            \(dictionaries.joined())LoadExtension = "\(home)/mme.fdx";
            ConnectPeer = "hss.\(Subscriber.domain)" {
                ConnectTo = "\(hss.address.text)"; Port = \(hss.port); No_TLS;
            };

            """
    }

    private static func run(_ tool: String, _ arguments: [String]) throws {
        let child = try Child(Product.tool(tool), arguments, name: tool)
        defer { child.destroy() }
        let status = try child.waitForExit(within: 60)
        guard status == .code(0) else { throw HarnessError("\(tool): \(status)\n\(child.text)") }
    }

    /// Sends a request to the HSS and returns what came back.
    func ask(_ command: String, _ avps: String...) throws -> Message {
        asked += 1
        let words = [command, "Destination-Realm=\(Subscriber.domain)"] + avps
        let line = Array((words.joined(separator: " ") + "\n").utf8)
        guard write(requests, line, line.count) == line.count else { throw HarnessError("write: errno \(errno)") }
        return try message("answer \(asked)")
    }

    /// What the HSS asked `number`th since the start.
    func request(_ number: Int) throws -> Message { try message("request \(number)") }

    /// Requests heard so far.
    var heard: Int {
        child.text.split(separator: "\n").count { $0.hasPrefix("mme: request ") && $0.hasSuffix(" end") }
    }

    private func message(_ title: String) throws -> Message {
        let start = "mme: \(title) "
        return try child.wait("the end of \(title)", by: Deadline(seconds: 30)) { output in
            let lines = output.split(separator: "\n").filter { $0.hasPrefix(start) }.map { $0.dropFirst(start.count) }
            guard let last = lines.last, last == "end" || last.hasSuffix(" end") else { return nil }
            var message = Message()
            for line in lines.dropLast() {
                var line = line
                // A request's lines have its command before the AVP.
                if title.hasPrefix("request"), let blank = line.firstIndex(of: " ") {
                    message.command = String(line[..<blank])
                    line = line[line.index(after: blank)...]
                }
                let pair = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                message.avps.append((String(pair[0]), pair.count == 2 ? String(pair[1]) : ""))
            }
            return message
        }
    }

    /// What freeDiameter could not read, or refused.
    func complaints() -> [String] {
        child.text.split(separator: "\n").map(String.init).filter {
            $0.contains("UNKNOWN") || $0.contains("UNREADABLE") || $0.contains(" ERROR ") || $0.hasPrefix("mme: no ")
        }
    }

    /// kill -9.
    func crash() { child.destroy() }

    deinit {
        child.destroy()
        close(requests)
    }
}
