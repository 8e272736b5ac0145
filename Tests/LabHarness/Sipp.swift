package import Foundation

/// One run of Debian's sipp (sip-tester 3.6.1) with a scenario of `Tests/SystemTests/sipp`.
///
/// What is odd in 3.6.1, and shapes the scenarios and the injection file:
/// - `[fieldN]` is not expanded inside `[authentication …]`, so the whole keyword comes from the file;
/// - keys are taken as printable text only;
/// - the RES it uses as password ends at its first zero byte, so about 3 % of its responses are wrong where the HSS does
///   not avoid such RES (`SippRefusals` tells those from refusals that are ours);
/// - it never answers with AUTS.
package struct Sipp {
    package enum Transport: String {
        /// One UDP socket per UE address.
        case udp = "ui"
        /// One TCP connection for all.
        case tcp = "t1"
    }

    /// Where the scenarios are.
    package static let scenarios = Product.root.appendingPathComponent("Tests/SystemTests/sipp")

    package let scenario: String
    package let pcscf: Endpoint
    package let addresses: LabAddresses
    package let folder: URL
    package var transport = Transport.udp
    package var perSecond = 200
    package var timeout = 120.0

    package init(scenario: String, pcscf: Endpoint, addresses: LabAddresses, folder: URL) {
        self.scenario = scenario
        self.pcscf = pcscf
        self.addresses = addresses
        self.folder = folder
    }

    /// Runs the scenario once for each of `numbers` and returns what it counted and logged.
    package func run(_ numbers: ClosedRange<Int>) throws -> SippResult {
        let unique = "\(scenario)-\(UUID().uuidString.prefix(8))"
        let injection = folder.appendingPathComponent("\(unique).csv")
        try Self.injectionFile(numbers, addresses).write(to: injection, atomically: false, encoding: .utf8)
        let files = Files(folder: folder, run: unique)
        let child = try Child(
            Product.tool("sipp"), arguments(count: numbers.count, injection: injection.path, files), name: unique)
        defer { child.destroy() }
        let status = try child.waitForExit(within: timeout + 30)
        return SippResult(status: status, screen: child.text, files: files)
    }

    package struct Files {
        let log: URL
        let errors: URL

        init(folder: URL, run: String) {
            log = folder.appendingPathComponent("\(run).log")
            errors = folder.appendingPathComponent("\(run).errors")
        }
    }

    private func arguments(count: Int, injection: String, _ files: Files) -> [String] {
        let scenarioFile = Self.scenarios.appendingPathComponent("\(scenario).xml").path
        var list = [
            "\(pcscf)", "-sf", scenarioFile, "-inf", injection, "-m", "\(count)", "-r", "\(perSecond)", "-nostdin",
            "-timeout", "\(Int(timeout))", "-timeout_error", "-auth_uri", Subscriber.domain, "-max_socket", "2000",
            "-trace_logs", "-log_file", files.log.path, "-trace_err", "-error_file", files.errors.path,
            "-i", "\(addresses.ue(1))", "-p", "5090", "-key", "ueport", "5090", "-t", transport.rawValue,
        ]
        if transport == .udp { list += ["-ip_field", "0"] }
        return list
    }

    /// Fields: 0 own address, 1 IMSI, 2 the authentication keyword with this subscriber's keys.
    package static func injectionFile(_ numbers: ClosedRange<Int>, _ addresses: LabAddresses) -> String {
        var text = "SEQUENTIAL\n"
        for subscriber in numbers.map(Subscriber.init) {
            let keyword =
                "[authentication username=\(subscriber.impi) aka_OP=\(Subscriber.operatorKey) "
                + "aka_K=\(subscriber.key) aka_AMF=\(Subscriber.amf)]"
            text += "\(addresses.ue(subscriber.number));\(subscriber.imsi);\(keyword);\n"
        }
        return text
    }
}

/// What one sipp run counted and logged.
package struct SippResult: CustomStringConvertible {
    package let status: ExitStatus
    package let screen: String
    package let files: Sipp.Files

    package var succeeded: Int { count("Successful call") }
    package var failed: Int { count("Failed call") }

    /// The lines the scenario's `<log>` actions wrote.
    package var log: [String] {
        ((try? String(contentsOf: files.log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// The cumulative column of the last statistics screen.
    private func count(_ label: String) -> Int {
        let line = screen.split(separator: "\n").last { $0.contains(label) }
        return line?.split(separator: "|").last.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } ?? 0
    }

    package var description: String {
        let errors = (try? String(contentsOf: files.errors, encoding: .utf8)) ?? ""
        return "sipp \(status): \(succeeded) succeeded, \(failed) failed\n\(errors.prefix(1500))"
    }
}
