/// An `ipsec-3gpp` mechanism, TS 33.203 Annex H: algorithms, and SPIs and ports of the side that writes it.
public struct IPsecProposal: Hashable, Sendable {
    public static let mechanism = "ipsec-3gpp"

    /// SPI and port of the client side, SPI and port of the server side: `spi-c`, `port-c`, `spi-s`, `port-s`.
    public struct Endpoints: Hashable, Sendable {
        public var clientSPI: UInt32
        public var serverSPI: UInt32
        public var clientPort: UInt16
        public var serverPort: UInt16

        public init(clientSPI: UInt32, serverSPI: UInt32, clientPort: UInt16, serverPort: UInt16) {
            self.clientSPI = clientSPI
            self.serverSPI = serverSPI
            self.clientPort = clientPort
            self.serverPort = serverPort
        }
    }

    /// What a mechanism of a list turns out to be.
    public enum Reading: Equatable, Sendable {
        case proposal(IPsecProposal)
        /// Another mechanism, or algorithms, protocol or mode we do not have: passed over, RFC 3329 §2.3.1.
        case unsupported
        /// An `ipsec-3gpp` without what it must say.
        case malformed(String)
    }

    public var suite: IPsecSuite
    public var endpoints: Endpoints

    public init(suite: IPsecSuite, endpoints: Endpoints) {
        self.suite = suite
        self.endpoints = endpoints
    }

    /// SPIs up to 255 are reserved, RFC 4303 §2.1.
    static let lowestSPI: UInt32 = 256

    public static func read(_ mechanism: SecurityMechanism) -> Reading {
        guard mechanism.name.lowercased() == Self.mechanism else { return .unsupported }
        // Defaults of Annex H: ESP, transport mode, no encryption.
        guard (mechanism["prot"] ?? "esp").lowercased() == "esp", (mechanism["mod"] ?? "trans").lowercased() == "trans"
        else { return .unsupported }
        let encryption = EncryptionAlgorithm(rawValue: (mechanism["ealg"] ?? "null").lowercased())
        // AES-GCM needs no `alg`; some phones write one all the same, and it means null.
        guard let alg = encryption == .aesGCM ? "null" : mechanism["alg"]?.lowercased() else {
            return .malformed("no alg")
        }
        guard let encryption, let integrity = IntegrityAlgorithm(rawValue: alg),
            let suite = IPsecSuite(integrity, encryption)
        else { return .unsupported }
        switch endpoints(mechanism) {
        case .success(let endpoints): return .proposal(IPsecProposal(suite: suite, endpoints: endpoints))
        case .failure(let fault): return .malformed(fault.reason)
        }
    }

    private struct Fault: Error { var reason: String }

    private static func endpoints(_ mechanism: SecurityMechanism) -> Result<Endpoints, Fault> {
        func spi(_ name: String) throws(Fault) -> UInt32 {
            guard let text = mechanism[name] else { throw Fault(reason: "no \(name)") }
            guard isNumber(text), let value = UInt32(text), value >= lowestSPI else {
                throw Fault(reason: "\(name) is no SPI")
            }
            return value
        }
        func port(_ name: String) throws(Fault) -> UInt16 {
            guard let text = mechanism[name] else { throw Fault(reason: "no \(name)") }
            guard isNumber(text), let value = UInt16(text), value > 0 else { throw Fault(reason: "\(name) is no port") }
            return value
        }
        do throws(Fault) {
            let found = Endpoints(
                clientSPI: try spi("spi-c"), serverSPI: try spi("spi-s"), clientPort: try port("port-c"),
                serverPort: try port("port-s"))
            if found.clientSPI == found.serverSPI { throw Fault(reason: "spi-c and spi-s are the same") }
            if found.clientPort == found.serverPort { throw Fault(reason: "port-c and port-s are the same") }
            return .success(found)
        } catch {
            return .failure(error)
        }
    }

    /// Digits alone: `UInt32` would take a sign, too.
    private static func isNumber(_ text: String) -> Bool { text.utf8.allSatisfy { $0 &- 0x30 < 10 } }

    /// As Security-Server writes it, every default spelled out. `preference` is q in thousandths.
    public func mechanism(preference: Int?) -> SecurityMechanism {
        var parameters: [SecurityMechanism.Parameter] = []
        if let preference { parameters.append(.init("q", Self.qvalue(preference))) }
        parameters += [
            .init("alg", suite.integrity.rawValue), .init("ealg", suite.encryption.rawValue), .init("prot", "esp"),
            .init("mod", "trans"), .init("spi-c", String(endpoints.clientSPI)),
            .init("spi-s", String(endpoints.serverSPI)), .init("port-c", String(endpoints.clientPort)),
            .init("port-s", String(endpoints.serverPort)),
        ]
        return SecurityMechanism(Self.mechanism, parameters)
    }

    private static func qvalue(_ thousandths: Int) -> String {
        guard thousandths < 1000 else { return "1.0" }
        var digits = String(1000 + max(0, thousandths)).dropFirst()
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        return "0." + digits
    }
}
