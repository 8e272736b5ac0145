import AKA
import IMSCore
import RoleKit
import SIP

/// A challenge the UE has not answered yet, TS 24.229 §5.4.1.2.1A. Lives until reg-await-auth runs out.
struct PendingChallenge: Sendable {
    enum Proof: Sendable {
        /// RFC 3310: RAND for a resynchronisation, XRES as password.
        case aka(rand: [UInt8], xres: SecretOctets)
        /// RFC 2617.
        case digest(DigestSecret, DigestAlgorithm)
    }

    /// Never used twice; timers carry it.
    var serial: UInt64
    var impu: IMPU
    var callID: String
    var nonce: String
    var proof: Proof
    var timer: TimerID
    /// Resynchronisations in a row that led here.
    var resynchronisations = 0
    /// Empty responses in a row that led here.
    var emptyResponses = 0
    var hss: String?
}

/// Octets that are overwritten when the last holder lets go of them.
///
/// `@unchecked Sendable`: nothing changes them between `init` and `deinit`.
final class SecretOctets: @unchecked Sendable {
    private(set) var octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }
    deinit { Secrets.wipe(&octets) }
}

/// A SIP Digest nonce that has been answered rightly and may be used again with a rising count, RFC 2617 §3.2.2.
struct DigestSession: Sendable {
    var nonce: String
    var secret: DigestSecret
    var algorithm: DigestAlgorithm
    var lastCount: UInt32
    var expiry: Moment
}

/// Challenges and digest sessions by private identity.
struct AuthenticationStore: Sendable {
    /// Challenges one private identity may have open. An unprotected REGISTER costs its sender nothing, so it must not
    /// push out the challenge the real UE is about to answer: at the rate a P-CSCF lets one source through, which is 20 a
    /// second, that takes longer than a UE does.
    static let challengesPerIMPI = 32
    /// Challenges altogether; one more is answered 503.
    static let maximumChallenges = 200_000

    private var pending: [IMPI: [PendingChallenge]] = [:]
    private var owners: [UInt64: IMPI] = [:]
    private var sessions: [IMPI: DigestSession] = [:]

    var isFull: Bool { owners.count >= Self.maximumChallenges }
    var challengeCount: Int { owners.count }

    func challenges(of impi: IMPI) -> [PendingChallenge] { pending[impi] ?? [] }
    func owner(of serial: UInt64) -> IMPI? { owners[serial] }
    func session(of impi: IMPI) -> DigestSession? { sessions[impi] }

    mutating func setSession(_ session: DigestSession?, of impi: IMPI) { sessions[impi] = session }

    /// Adds a challenge; returns those that had to go: of the same dialogue, or the oldest over the limit.
    mutating func add(_ challenge: PendingChallenge, of impi: IMPI) -> [PendingChallenge] {
        let list = pending[impi] ?? []
        var gone = list.filter { $0.callID == challenge.callID }
        var kept = list.filter { $0.callID != challenge.callID }
        if kept.count >= Self.challengesPerIMPI { gone.append(kept.removeFirst()) }
        for old in gone { owners[old.serial] = nil }
        pending[impi] = kept + [challenge]
        owners[challenge.serial] = impi
        return gone
    }

    /// Removes one challenge.
    mutating func remove(_ serial: UInt64) -> PendingChallenge? {
        guard let impi = owners.removeValue(forKey: serial), var list = pending[impi],
            let index = list.firstIndex(where: { $0.serial == serial })
        else { return nil }
        let challenge = list.remove(at: index)
        pending[impi] = list.isEmpty ? nil : list
        return challenge
    }

    /// Removes all challenges of a private identity.
    mutating func removeAll(of impi: IMPI) -> [PendingChallenge] {
        let gone = pending.removeValue(forKey: impi) ?? []
        for challenge in gone { owners[challenge.serial] = nil }
        return gone
    }
}
