import AKA
import IMSCore
import RoleKit
import SIP

/// Checking responses, TS 24.229 §5.4.1.2.2, RFC 3310 §3.3, RFC 2617 §3.2.2.
extension SCSCF {
    /// The response to an open challenge.
    func verify(_ incoming: IncomingRequest, _ request: RegisterRequest, challenge serial: UInt64) async {
        guard let challenge = authentication.challenges(of: request.impi).first(where: { $0.serial == serial }),
            proves(request, challenge)
        else { return await refuse(incoming, request, "wrong response", ended: serial) }
        for done in authentication.removeAll(of: request.impi) { ports.timers.cancel(done.timer) }
        guard case .digest(let secret, let algorithm) = challenge.proof else {
            return await bind(incoming, request)
        }
        authentication.setSession(
            DigestSession(
                nonce: challenge.nonce, secret: secret, algorithm: algorithm,
                lastCount: request.credentials?.nonceCount ?? 0,
                expiry: ports.clock.now.advanced(byMilliseconds: config.nonceSeconds * 1000)),
            of: request.impi)
        await bind(incoming, request, proof: authenticationInfo(request, secret, algorithm))
        dropSessionIfUnregistered(request)
    }

    /// A response to a nonce that was answered before: the count must have risen.
    func verifySession(_ incoming: IncomingRequest, _ request: RegisterRequest) async {
        guard var session = authentication.session(of: request.impi), let credentials = request.credentials else {
            return await challenge(incoming, request, .fresh)
        }
        guard proves(request, session.secret, session.algorithm) else {
            return await refuse(incoming, request, "wrong response", ended: nil)
        }
        guard let count = credentials.nonceCount, count > session.lastCount else {
            // Right, but not fresh: perhaps replayed. The answer says stale, so the UE tries again by itself.
            return challenge(
                incoming, request, session.secret, session.algorithm, realm: credentials.realm, hss: nil)
        }
        session.lastCount = count
        authentication.setSession(session, of: request.impi)
        await bind(
            incoming, request, proof: authenticationInfo(request, session.secret, session.algorithm))
        dropSessionIfUnregistered(request)
    }

    private func proves(_ request: RegisterRequest, _ challenge: PendingChallenge) -> Bool {
        switch challenge.proof {
        case .digest(let secret, let algorithm): return proves(request, secret, algorithm)
        case .aka(_, let xres):
            guard let credentials = request.credentials, let digests else { return false }
            let secret = DigestSecret(
                username: credentials.username, realm: config.common.homeNetwork, password: xres.octets,
                hash: digests.md5)
            return DigestCalculation.verify(credentials, digestRequest(request), secret, digests.md5)
        }
    }

    /// Whether the credentials, if there are any with a response, were made with this secret.
    func proves(_ request: RegisterRequest, _ secret: DigestSecret, _ algorithm: DigestAlgorithm) -> Bool {
        guard let credentials = request.credentials, !credentials.response.isEmpty, let digests,
            credentials.algorithm == algorithm
        else { return false }
        return DigestCalculation.verify(
            credentials, digestRequest(request), secret, algorithm.isSHA256 ? digests.sha256 : digests.md5)
    }

    private func digestRequest(_ request: RegisterRequest) -> DigestRequest {
        DigestRequest(method: "REGISTER", uri: request.credentials?.uri ?? "", body: request.body)
    }

    /// Authentication-Info, RFC 2617 §3.2.3: proves to the UE that we know its password too.
    private func authenticationInfo(
        _ request: RegisterRequest, _ secret: DigestSecret, _ algorithm: DigestAlgorithm
    ) -> String? {
        guard let credentials = request.credentials, let qop = credentials.qop, let cnonce = credentials.cnonce,
            let count = credentials.nonceCountText, let digests
        else { return nil }
        let hash = algorithm.isSHA256 ? digests.sha256 : digests.md5
        guard let proof = DigestCalculation.responseAuth(credentials, body: [], secret, hash) else { return nil }
        var fields = DigestChallenge(realm: "", nonce: "").fields
        for name in ["realm", "nonce", "qop"] { fields[name] = nil }
        fields.set("qop", qop, isQuoted: false)
        fields["rspauth"] = proof
        fields["cnonce"] = cnonce
        fields.set("nc", count, isQuoted: false)
        return String(fields.text.dropFirst(fields.scheme.count + 1))
    }

    /// A digest session lives as long as a registration that it opened.
    private func dropSessionIfUnregistered(_ request: RegisterRequest) {
        let bindings = registrar.set(of: request.impu)?.bindings(of: request.impi) ?? []
        if bindings.isEmpty { authentication.setSession(nil, of: request.impi) }
    }
}
