/// What a UE offers by Security-Client, RFC 3329 §2.3.1 and TS 33.203 §7.2: algorithms to choose from, and one set of
/// SPIs and ports.
public struct SecurityClient: Hashable, Sendable {
    public enum Fault: Error, Equatable, Sendable {
        /// No list, or one that cannot be read.
        case malformed(String)
        /// Nothing in it that we know.
        case nothingSupported
    }

    /// More mechanisms than this in one list are refused.
    public static let maximumMechanisms = 64

    /// In the UE's order.
    public let suites: [IPsecSuite]
    public let endpoints: IPsecProposal.Endpoints

    /// - Parameter values: the elements of all Security-Client headers, in order.
    public init(_ values: [String]) throws(Fault) {
        guard values.count <= Self.maximumMechanisms else { throw .malformed("too many mechanisms") }
        var proposals: [IPsecProposal] = []
        for value in values {
            guard let mechanism = SecurityMechanism(parsing: value) else { throw .malformed("not a mechanism") }
            switch IPsecProposal.read(mechanism) {
            case .proposal(let proposal): proposals.append(proposal)
            case .unsupported: continue
            case .malformed(let reason): throw .malformed(reason)
            }
        }
        guard let first = proposals.first else { throw .nothingSupported }
        guard proposals.allSatisfy({ $0.endpoints == first.endpoints }) else {
            throw .malformed("SPIs or ports differ between mechanisms")
        }
        suites = proposals.map(\.suite)
        endpoints = first.endpoints
    }

    /// The first suite of our list that the UE has too, TS 33.203 §7.2.
    public func choose(from preferred: [IPsecSuite]) -> IPsecSuite? { preferred.first { suites.contains($0) } }
}

/// What the P-CSCF answers: its whole list in its order of preference, RFC 3329 §2.3.1 and TS 33.203 §7.2.
public struct SecurityServer: Hashable, Sendable {
    public let mechanisms: [SecurityMechanism]

    /// One of before a restart.
    public init(_ mechanisms: [SecurityMechanism]) { self.mechanisms = mechanisms }

    public init(_ suites: [IPsecSuite], endpoints: IPsecProposal.Endpoints) {
        // From 0.9 downwards, so that the order is plain to a UE that goes by q and to one that goes by position.
        mechanisms = suites.enumerated().map { index, suite in
            IPsecProposal(suite: suite, endpoints: endpoints).mechanism(preference: max(1, 900 - 100 * index))
        }
    }

    /// What a refusal tells of us, where there is no set yet to name SPIs and ports of.
    public static func algorithms(_ suites: [IPsecSuite]) -> String {
        suites.map {
            "\(IPsecProposal.mechanism);alg=\($0.integrity.rawValue);ealg=\($0.encryption.rawValue);prot=esp;mod=trans"
        }
        .joined(separator: ", ")
    }

    /// Header value.
    public var text: String { mechanisms.map(\.description).joined(separator: ", ") }

    /// Whether Security-Verify repeats all of it.
    public func isRepeated(by values: [String]) -> Bool {
        let repeated = values.compactMap { SecurityMechanism(parsing: $0) }
        return repeated.count == values.count && SecurityMechanism.same(repeated, mechanisms)
    }
}
