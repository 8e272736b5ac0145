import IPsec
import SIP

/// What a REGISTER says about security comes to, RFC 3329 §2.3.1, TS 33.203 §7 and TS 24.229 §5.2.2.2.
enum SecurityAgreementDecision {
    enum Verdict: Equatable {
        /// It goes on, and nothing is agreed.
        case plain
        /// It goes on; a challenge to it makes a set of security associations.
        case offer(SecurityClient)
        case refuse(Condition)
    }

    /// Why a REGISTER goes no further. `row` gives the answer.
    enum Condition: CaseIterable {
        /// It came in the clear, without sec-agree, where IPsec is required.
        case noOffer
        /// It asks for sec-agree, and there is nothing in it that we have too.
        case nothingInCommon
        /// Security-Client cannot be read.
        case malformedOffer
        /// The answer to a challenge came in the clear, though a set was made for it or is required.
        case answeredInTheClear
        /// Security-Verify is not what Security-Server said.
        case verifyDiffers
        /// Security-Client is not what it was before the challenge.
        case offerDiffers
        /// It came over another user's set.
        case otherUser
        /// It came over a set that is only there for retransmissions.
        case closing
        /// No set can be made: the table or the client ports are used up, or the kernel refuses.
        case noRoom
    }

    /// What is added to the answer. `agreement`: Require with sec-agree and Security-Server, which go together in 421 and
    /// in 494 (RFC 3329 §2.3.2).
    enum Telling: Equatable { case nothing, agreement, retryAfter }

    struct Row: Equatable {
        var status: Int
        var phrase: String
        var tells: Telling
        var clause: String
    }

    static func row(_ condition: Condition) -> Row {
        switch condition {
        case .noOffer:
            Row(status: 421, phrase: "Extension Required", tells: .agreement, clause: "RFC 3329 §2.3.2")
        case .nothingInCommon:
            Row(status: 494, phrase: "Security Agreement Required", tells: .agreement, clause: "TS 33.203 §7.3.2.1")
        case .malformedOffer:
            Row(status: 400, phrase: "Malformed Security-Client", tells: .nothing, clause: "TS 33.203 §7.3.2.1")
        case .answeredInTheClear:
            Row(status: 403, phrase: "IPsec Required", tells: .nothing, clause: "TS 33.203 §7.1")
        case .verifyDiffers:
            Row(status: 494, phrase: "Security Agreement Required", tells: .agreement, clause: "RFC 3329 §2.3.1")
        case .offerDiffers:
            Row(status: 403, phrase: "Security-Client Has Changed", tells: .nothing, clause: "TS 33.203 §7.3.2.3")
        case .otherUser:
            Row(
                status: 403, phrase: "Not This User's Security Association", tells: .nothing,
                clause: "TS 33.203 §7.3.2.3")
        case .closing:
            Row(status: 403, phrase: "Security Association Ended", tells: .nothing, clause: "TS 24.229 §5.2.2.2")
        case .noRoom:
            Row(
                status: 503, phrase: "No Security Association Available", tells: .retryAfter, clause: "RFC 3261 §21.5.4"
            )
        }
    }

    /// What the REGISTER says.
    struct Request {
        /// Elements of Security-Client and Security-Verify.
        var client: [String]
        var verify: [String]
        /// Require or Proxy-Require has sec-agree.
        var asks: Bool
        /// Supported has it.
        var supports: Bool
        /// It holds the answer to a challenge, and no report of a failure: `response` without `auts`.
        var answers: Bool

        init(_ message: SIPMessage, _ credentials: DigestCredentials?) {
            client = message.texts(.securityClient)
            verify = message.texts(.securityVerify)
            asks = message.lists("sec-agree", in: .require) || message.lists("sec-agree", in: .proxyRequire)
            supports = message.lists("sec-agree", in: .supported)
            answers = credentials.map { !$0.response.isEmpty && $0.fields["auts"] == nil } ?? false
        }
    }

    /// One that came in the clear.
    ///
    /// - Parameters:
    ///   - awaitsAnswer: a set was made for this user's last challenge, and nothing has come over it.
    ///   - suites: ours, in the order of preference.
    static func clear(
        _ request: Request, isRequired: Bool, awaitsAnswer: Bool, isAKA: Bool, suites: [IPsecSuite]
    ) -> Verdict {
        if request.answers, isAKA, isRequired || awaitsAnswer { return .refuse(.answeredInTheClear) }
        if request.client.isEmpty {
            if request.asks { return .refuse(.nothingInCommon) }
            // RFC 3329 §2.3.2: 421 is for who does not say that it knows the extension.
            return isRequired ? .refuse(request.supports ? .nothingInCommon : .noOffer) : .plain
        }
        do throws(SecurityClient.Fault) {
            let client = try SecurityClient(request.client)
            if client.choose(from: suites) != nil { return .offer(client) }
        } catch .malformed {
            return .refuse(.malformedOffer)
        } catch {}
        // Deviation: a UE that merely can do sec-agree, with algorithms we lack, goes on without where that is allowed.
        return request.asks || isRequired ? .refuse(.nothingInCommon) : .plain
    }

    /// One that came over a set.
    static func protected(
        _ request: Request, over agreement: SAAgreement, _ phase: SALifecycle.Phase, user: String, suites: [IPsecSuite]
    ) -> Verdict {
        if phase == .closing { return .refuse(.closing) }
        let isAnswer = phase == .temporary
        switch agreement.judge(
            user: user, client: request.client, verify: request.verify, answersChallenge: isAnswer)
        {
        case .user: return .refuse(.otherUser)
        case .verify: return .refuse(.verifyDiffers)
        case .client: return .refuse(.offerDiffers)
        case nil: break
        }
        // What answers a challenge makes no further set. A UE that offers nothing stays on the set it has.
        if isAnswer || request.client.isEmpty { return .plain }
        do throws(SecurityClient.Fault) {
            let client = try SecurityClient(request.client)
            return client.choose(from: suites) == nil ? .refuse(.nothingInCommon) : .offer(client)
        } catch {
            return .refuse(error == .nothingSupported ? .nothingInCommon : .malformedOffer)
        }
    }
}
