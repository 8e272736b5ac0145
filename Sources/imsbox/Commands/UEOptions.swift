import AKA
import ArgumentParser
import IPsec
import Kernel
import LabUE
import RoleKit
import SIP

/// Transports by the names the options take.
enum UETransport: String, CaseIterable, ExpressibleByArgument {
    case udp, tcp

    var kind: LinkKind { self == .udp ? .udp : .tcp }
}

/// Policies of `--ipsec`.
enum UEIPsec: String, CaseIterable, ExpressibleByArgument {
    case required, preferred, off

    var policy: FleetSecurity.Policy? {
        switch self {
        case .required: .required
        case .preferred: .preferred
        case .off: nil
        }
    }
}

/// Algorithms of `--ipsec-algorithms`, by the names TS 33.203 Annex H has for them.
struct UEAlgorithms: ExpressibleByArgument {
    var suites: [IPsecSuite]

    init(suites: [IPsecSuite]) { self.suites = suites }

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false)
        suites = names.compactMap { IPsecSuite(String($0)) }
        guard suites.count == names.count, Set(suites).count == suites.count else { return nil }
    }

    var defaultValueDescription: String { suites.map(\.description).joined(separator: ",") }

    static let allValueStrings = IPsecSuite.all.map(\.description)
}

/// Where the core is, and how a UE speaks with it.
struct UENetworkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The P-CSCF.", valueName: "host:port"))
    var pcscf = "127.0.0.1:5060"

    @Option(help: "udp or tcp.")
    var transport = UETransport.udp

    @Option(help: "Home network domain.")
    var domain = CommonSettings.labNetwork

    @Option(
        help: ArgumentHelp("Address to send from. Default: the one the P-CSCF is reached by.", valueName: "address"))
    var local: String?

    @Option(help: ArgumentHelp("Seconds to register for; the network may grant less.", valueName: "seconds"))
    var expires = 600_000

    @Option(
        help: ArgumentHelp(
            "How long to wait for an answer of the core. Default: 15; in a load run 128, as RFC 3261's timer F.",
            valueName: "seconds"))
    var timeout: Int?

    @Option(help: ArgumentHelp("Write the UE's messages, without secrets, into a pcap file.", valueName: "file"))
    var pcap: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(
        help: """
            required, preferred or off: sec-agree and IPsec, as a phone has them. Needs CAP_NET_ADMIN and, where the \
            P-CSCF is on this host, a network namespace of its own.
            """)
    var ipsec = UEIPsec.off

    @Option(
        help: ArgumentHelp(
            "Algorithms offered: integrity/encryption, by commas.", valueName: "list"))
    var ipsecAlgorithms = UEAlgorithms(suites: FleetSecurity.usualSuites)

    func validate() throws {
        guard (1...4_294_967_295).contains(expires) else { throw ValidationError("--expires takes 1 or more seconds") }
        guard (1...128).contains(timeout ?? 1) else { throw ValidationError("--timeout takes 1 to 128 seconds") }
        if let local, SocketAddress(local, port: 0) == nil {
            throw ValidationError("--local takes an IP address, e.g. 10.45.0.7")
        }
        let bytes = Array(pcscf.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon > 0,
            UInt16(pcscf.suffix(bytes.count - colon - 1)) != nil
        else { throw ValidationError("--pcscf takes host:port, e.g. 127.0.0.1:5060 or [::1]:5060") }
    }

    /// Throws a `Failure` where the P-CSCF's name leads nowhere.
    func config(kinds: [LinkKind] = [.udp, .tcp], patience: Int? = 15_000) throws -> FleetConfig {
        let address = try HostLookup.address(of: pcscf)
        let here = local.flatMap { SocketAddress($0, port: 0) } ?? HostLookup.source(toward: address)
        return FleetConfig(
            pcscf: address, transport: transport.kind, local: here, kinds: kinds, expires: expires,
            answerWithin: timeout.map { $0 * 1_000 } ?? patience, security: security)
    }

    private var security: FleetSecurity? {
        ipsec.policy.map { FleetSecurity(policy: $0, suites: ipsecAlgorithms.suites) { try XFRMSocket() } }
    }
}

/// Who the UE is.
struct UEIdentityOptions: ParsableArguments {
    @Option(name: [.customLong("ue"), .customLong("from")], help: ArgumentHelp("Lab subscriber.", valueName: "number"))
    var ue: Int?

    @Option(help: "IMSI of another SIM, 6 to 15 digits.") var imsi: String?
    @Option(help: "Its key K, 32 hexadecimal digits.") var k: String?
    @Option(help: "Its OPc, 32 hexadecimal digits.") var opc: String?
    @Option(help: "OP instead of OPc.") var op: String?
    @Option(help: "milenage or xor.") var algorithm = "milenage"
    @Option(help: "User name, for SIP Digest instead of a SIM.") var user: String?
    @Option(help: "Its password.") var password: String?

    func validate() throws {
        let kinds = [ue != nil, imsi != nil, user != nil].filter { $0 }
        guard kinds.count <= 1 else { throw ValidationError("one of --ue, --imsi and --user says who the UE is") }
        if let ue, !(1...LabSubscribers.limit).contains(ue) {
            throw ValidationError("--ue takes 1 to \(LabSubscribers.limit)")
        }
        if imsi == nil, k != nil || opc != nil || op != nil {
            throw ValidationError("--k, --opc and --op belong to a SIM: give its --imsi too")
        }
        if imsi != nil { _ = try keys(AKAFunctions()) }
        guard (user == nil) == (password == nil) else { throw ValidationError("--user and --password go together") }
    }

    func identity(domain: String) throws -> UEIdentity {
        if let user, let password { return UEIdentity(user: user, password: password, domain: domain) }
        let functions = try AKAFunctions()
        if let imsi { return UEIdentity(imsi: imsi, keys: try keys(functions), domain: domain) }
        return try Self.lab(ue ?? 1, domain: domain, functions)
    }

    static func lab(_ number: Int, domain: String, _ functions: AKAFunctions) throws -> UEIdentity {
        guard let identity = try LabSubscribers.identity(number, domain: domain, functions) else {
            throw Failure(
                .usage, "there is no lab subscriber \(number): they are numbered 1 to \(LabSubscribers.limit)")
        }
        return identity
    }

    private func keys(_ functions: AKAFunctions) throws -> AKAKeys {
        guard let imsi, (6...15).contains(imsi.utf8.count), imsi.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
            throw ValidationError("--imsi takes 6 to 15 digits")
        }
        guard let algorithm = AKAAlgorithm.allCases.first(where: { $0.name == algorithm }) else {
            throw ValidationError("--algorithm takes milenage or xor")
        }
        let k = try Self.block(k, "--k")
        if algorithm == .xor { return AKAKeys(algorithm: .xor, k: k, opc: Block128(0), amf: 0) }
        guard (opc == nil) != (op == nil) else { throw ValidationError("a SIM needs --opc or --op, one of them") }
        let opc =
            try op.map { try functions.opc(k: k, op: try Self.block($0, "--op")) } ?? Self.block(self.opc, "--opc")
        return AKAKeys(algorithm: .milenage, k: k, opc: opc, amf: 0)
    }

    private static func block(_ text: String?, _ option: String) throws -> Block128 {
        guard let text, let octets = Hex.decode(text), let block = Block128(octets) else {
            throw ValidationError("\(option) takes 32 hexadecimal digits")
        }
        return block
    }
}

/// Who is called or written to.
enum UEPeer {
    /// A lab subscriber, whose UE runs in this process too.
    case lab(Int)
    case uri(String)

    /// Up to seven digits are a lab subscriber's number; all else is dialled.
    init(_ text: String, domain: String) {
        if text.utf8.count <= 7, let number = Int(text), number > 0 {
            self = .lab(number)
        } else {
            self = .uri(Self.uri(dialled: text, domain: domain))
        }
    }

    /// A URI as it is; `+` and digits as a tel URI; other digits as a phone sends what its user dials (RFC 3261 §19.1.1).
    static func uri(dialled text: String, domain: String) -> String {
        if text.contains(":") { return text }
        if text.hasPrefix("+") { return "tel:\(text)" }
        return text.contains("@") ? "sip:\(text)" : "sip:\(text)@\(domain);user=phone"
    }
}
