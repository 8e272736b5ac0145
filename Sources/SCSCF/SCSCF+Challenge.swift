import Diameter
import IMSCore
import RoleKit
import SIP

/// Challenging, TS 24.229 §5.4.1.2.1 and §5.4.1.2.1A.
extension SCSCF {
    /// reg-await-auth, TS 24.229 §7.8.
    static let regAwaitAuthMilliseconds = 4 * 60 * 1000

    /// MAR, then 401.
    func challenge(_ incoming: IncomingRequest, _ request: RegisterRequest, _ cause: ChallengeCause) async {
        guard !authentication.isFull else {
            complain("too many open challenges", request)
            return stack.respond(incoming, 503) { $0.add(.retryAfter, String(config.retryAfterSeconds)) }
        }
        var resynchronisation: [UInt8]?
        var scheme = AuthenticationScheme(for: request)
        if case .resynchronisation(let rand, let auts, _) = cause {
            // TS 29.228 §6.3.1: RAND and AUTS together, in SIP-Authorization.
            resynchronisation = rand + auts
            scheme = .digestAKAv1MD5
        }
        var answer = await multimediaAuth(request, scheme, resynchronisation: resynchronisation)
        if case .failure(let failure) = answer, failure.isOtherScheme, resynchronisation == nil {
            answer = await multimediaAuth(request, scheme.alternative)
        }
        switch answer {
        case .failure(let failure): refuse(incoming, request, failure, at: "MAR")
        case .success(let data):
            switch data.kind {
            case .aka(let vector): challenge(incoming, request, vector, cause, hss: data.hss)
            case .digest(let realm, let secret, let algorithm):
                challenge(incoming, request, secret, algorithm, realm: realm, hss: data.hss)
            }
        }
    }

    /// 401 of IMS AKA: nonce, ck and ik, RFC 3310 §3.2 and TS 24.229 §7.2A.1.
    private func challenge(
        _ incoming: IncomingRequest, _ request: RegisterRequest, _ vector: AKAChallenge, _ cause: ChallengeCause,
        hss: String?
    ) {
        var open = PendingChallenge(
            serial: registrar.nextSerial(), impu: request.impu, callID: request.callID, nonce: vector.nonce,
            proof: .aka(rand: vector.rand, xres: vector.xres), timer: TimerID(raw: 0), hss: hss)
        switch cause {
        case .fresh: break
        case .resynchronisation(_, _, let count): open.resynchronisations = count
        case .emptyResponse(let count): open.emptyResponses = count
        }
        keep(open, request)
        var challenge = DigestChallenge(
            realm: config.common.homeNetwork, nonce: vector.nonce, algorithm: .akav1MD5, qop: ["auth"])
        challenge.fields["ck"] = Hex.encode(vector.ck.octets)
        challenge.fields["ik"] = Hex.encode(vector.ik.octets)
        stack.respond(incoming, 401) { $0.add(.wwwAuthenticate, challenge.text) }
        report(request, cause.event)
    }

    /// 401 of SIP Digest, RFC 2617 §3.2.1. `stale` where the response was right for a nonce we no longer take.
    func challenge(
        _ incoming: IncomingRequest, _ request: RegisterRequest, _ secret: DigestSecret,
        _ algorithm: DigestAlgorithm, realm: String, hss: String?
    ) {
        let nonce = Base64.encode(ports.random.bytes(24))
        keep(
            PendingChallenge(
                serial: registrar.nextSerial(), impu: request.impu, callID: request.callID, nonce: nonce,
                proof: .digest(secret, algorithm), timer: TimerID(raw: 0), hss: hss),
            request)
        var challenge = DigestChallenge(realm: realm, nonce: nonce, algorithm: algorithm, qop: ["auth"])
        if proves(request, secret, algorithm) { challenge.isStale = true }
        stack.respond(incoming, 401) { $0.add(.wwwAuthenticate, challenge.text) }
        report(request, "challenged")
    }

    /// Keeps a challenge and starts reg-await-auth.
    private func keep(_ challenge: PendingChallenge, _ request: RegisterRequest) {
        var challenge = challenge
        challenge.timer = ports.timers.start(
            afterMilliseconds: Self.regAwaitAuthMilliseconds,
            TimerToken(.role, kind: TimerKind.regAwaitAuth, id: challenge.serial))
        for gone in authentication.add(challenge, of: request.impi) { ports.timers.cancel(gone.timer) }
    }

    /// Takes a challenge out of the store and stops its timer.
    func forget(challenge serial: UInt64) -> PendingChallenge? {
        guard let challenge = authentication.remove(serial) else { return nil }
        ports.timers.cancel(challenge.timer)
        return challenge
    }

    /// reg-await-auth has run out, §5.4.1.2.3: the attempt is over, a registration there is stays.
    func abandon(challenge serial: UInt64) async {
        guard let impi = authentication.owner(of: serial), let challenge = forget(challenge: serial) else { return }
        ports.tap.event(
            "authentication timed out", impu: challenge.impu.text, impi: impi.text, callID: challenge.callID)
        ports.log.info(
            "authentication timed out",
            [(.impi, impi.text), (.impu, challenge.impu.text), (.callID, challenge.callID)])
        guard authentication.challenges(of: impi).isEmpty else { return }
        await notifyHSS(.authenticationTimeout, impi: impi, impu: challenge.impu, hss: challenge.hss)
    }
}

extension ChallengeCause {
    /// The line of a subscriber's timeline.
    var event: String {
        switch self {
        case .fresh: "challenged"
        case .resynchronisation: "challenged after resynchronisation"
        case .emptyResponse: "challenged again after an empty response"
        }
    }
}
