import IPsec
import RoleKit
import SIP
import Tap

/// One REGISTER of a phone with what was answered to it, read from what an instance remembers.
struct RegisterAttempt {
    /// What it proves who it is with, TS 24.229 §5.1.1.5.
    enum Proof: Equatable {
        /// Nothing yet: it wants a challenge.
        case none
        case response
        /// An empty response: the SIM did not believe the network (§5.1.1.5.3, MAC failure).
        case empty
        /// AUTS: the SIM's sequence number is ahead.
        case resynchronisation
    }

    struct Answer {
        var status: Int
        var reason: String
        var time: Int64
        /// A 401 with Security-Server: a set of security associations waits for the phone.
        var offersIPsec: Bool
    }

    var time: Int64
    /// When it came last: a phone that hears nothing says it again.
    var lastTime: Int64
    var role: Role
    var link: String
    /// Where it came from and to.
    var source: SocketAddress
    var place: SocketAddress
    /// The address the phone writes into Via; nil where that is a name.
    var own: SocketAddress?
    /// Of the Request-URI: the home network as the phone sees it.
    var domain: String
    /// The user part of the identity it registers.
    var user: String
    var proof: Proof
    var isAKA: Bool
    /// Elements of Security-Client.
    var offers: [String]
    /// Over security associations.
    var isProtected: Bool
    /// It takes its contacts away.
    var isEnd: Bool
    var answer: Answer?
    fileprivate var call: String
    fileprivate var number: UInt32

    /// Whether the phone is registered by it.
    var isGranted: Bool { answer.map { (200..<300).contains($0.status) } ?? false && !isEnd }

    /// Whether its user's name may stand in a command that people copy: others chose it.
    var isPlain: Bool {
        !user.isEmpty
            && user.utf8.allSatisfy { byte in
                let letter = byte | 32
                return byte &- 48 < 10 || letter &- 97 < 26 || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
            }
    }

    /// What it offers, as our files name it; what we have no name for as the phone says it.
    var offeredAlgorithms: String {
        var names: [String] = []
        for text in offers {
            guard let mechanism = SecurityMechanism(parsing: text) else { continue }
            let name =
                mechanism.name == IPsecProposal.mechanism
                ? "\(mechanism["alg"] ?? "?")/\(mechanism["ealg"] ?? "null")" : mechanism.name
            if !names.contains(name) { names.append(name) }
        }
        return String(names.joined(separator: ", ").prefix(400))
    }

    /// Whether one of our algorithms is among those it offers.
    func offers(oneOf suites: [IPsecSuite]) -> Bool {
        guard let client = try? SecurityClient(offers) else { return false }
        return client.choose(from: suites) != nil
    }
}

extension RegisterAttempt {
    /// The REGISTERs that reached the instances of a role, in the order of time; retransmissions are one.
    static func all(_ rows: [TraceRow], at role: Role) -> [RegisterAttempt] {
        var found: [RegisterAttempt] = []
        for row in rows where row.kind == .sip && row.role == role {
            guard let message = try? SIPMessage(row.bytes), message.method == .register else { continue }
            let number = message.cseqNumber ?? 0
            let known = found.lastIndex { $0.call == row.call && $0.number == number && row.remote == $0.source }
            if message.isRequest, row.received {
                if let known { found[known].lastTime = row.unixNanoseconds } else { found.append(.init(row, message)) }
            } else if !message.isRequest, !row.received, message.isFinal {
                // An answer may leave for another port than the request came from, over another association.
                let at = known ?? found.lastIndex { $0.call == row.call && $0.number == number }
                if let at, found[at].answer == nil { found[at].answer = Answer(row, message) }
            }
        }
        return found
    }

    private init(_ row: TraceRow, _ message: SIPMessage) {
        (time, lastTime) = (row.unixNanoseconds, row.unixNanoseconds)
        (role, link) = (row.role, row.link)
        (source, place) = (row.remote, row.local)
        own = (try? message.via()).flatMap { SocketAddress($0.hostPart.bare, port: 0) }
        domain = String(((try? message.requestURI())?.sip?.host.lowercased() ?? "").prefix(Self.longestWord))
        user = String(((try? message.to())?.uri.sip?.user ?? "").prefix(Self.longestWord))
        let credentials = message.all(HeaderID.authorization.name).lazy.compactMap(DigestCredentials.init(parsing:))
            .first
        proof = Self.proof(credentials)
        offers = Array(message.texts(.securityClient).prefix(SecurityClient.maximumMechanisms))
        isAKA = credentials?.fields["algorithm"].map { $0.lowercased().hasPrefix("akav") } ?? !offers.isEmpty
        isProtected = message.has(.securityVerify)
        let contacts = (try? message.contacts()) ?? []
        let common = (try? message.integer(.expires)) ?? nil
        isEnd = !contacts.isEmpty && contacts.allSatisfy { ($0.expires ?? common) == 0 }
        call = row.call
        number = message.cseqNumber ?? 0
    }

    /// Of what a stranger says no more is repeated.
    private static let longestWord = 128

    private static func proof(_ credentials: DigestCredentials?) -> Proof {
        guard let credentials, !credentials.nonce.isEmpty else { return .none }
        if credentials.fields["auts"] != nil { return .resynchronisation }
        return credentials.response.isEmpty ? .empty : .response
    }
}

extension RegisterAttempt.Answer {
    fileprivate init(_ row: TraceRow, _ message: SIPMessage) {
        self.init(
            status: message.status, reason: message.reason, time: row.unixNanoseconds,
            offersIPsec: message.has(.securityServer))
    }
}
