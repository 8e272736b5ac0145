import RoleKit
import SIP

/// A UE's registration: TS 24.229 §5.1.1.2 (initial), §5.1.1.4 (again, in time), §5.1.1.5 (challenges), §5.1.1.6 (end).
///
/// ```
/// Idle ──▶ Registering ──200──▶ Registered ──refresh──▶ Registering (what was granted still stands)
///   ▲          │ 401: ask the card, once more             │
///   └──refused─┘◀──────────200───── Deregistering ◀───────┘
/// ```
struct RegistrationMachine: Sendable {
    enum State: Equatable, Sendable { case idle, registering, registered, deregistering }

    enum Event: Sendable {
        case register
        case deregister
        case response(SIPMessage)
        /// No final response: time-out or no transport.
        case unanswered(UEFault)
        /// What the card or the password makes of a challenge.
        case card(Authenticator.Answer)
        /// The timer: a refresh, or another attempt after a failed one.
        case due
        /// The REGISTER under way was not the right one: the same wish once more.
        case again
        /// What the network answers or grants is not what this UE may take.
        case unacceptable(UEFault)
    }

    enum Effect: Sendable {
        /// Send a REGISTER; without text the one of an unprompted request.
        case send(expires: Int, authorization: String?)
        /// Have the challenge answered; `.card` follows.
        case ask(DigestChallenge)
        case start(milliseconds: Int)
        case stop
        /// Registered, or registered again.
        case registered(RegistrationGrant)
        case deregistered
        /// It did not work; where `retryMilliseconds` is set, another attempt follows by itself.
        case failed(UEFault, retryMilliseconds: Int?)
    }

    /// TS 24.229 §5.1.1.2.1 item f).
    static let wantedSeconds = 600_000
    /// TS 24.229 §5.1.1.5.3: no more than two invalid challenges in a row are answered.
    static let invalidLimit = 2
    /// Challenges answered in one attempt, whatever is said in them; a core that never ends is left.
    static let challengeLimit = 4
    /// Seconds before another attempt after the first failure of a refresh; doubles up to the second (RFC 5626 §4.5).
    static let retrySeconds = (first: 30, last: 1_800)

    private(set) var state = State.idle
    private(set) var grant: RegistrationGrant?
    private let isCard: Bool
    private let impi: String
    /// This UE's Contact URI, to find its own among those a 200 lists.
    private var contact: AnyURI?
    private var expires: Int
    private var challenges = 0
    private var invalid = 0
    private var lastInvalid: UEFault?
    private var raises = 0
    private var failures = 0
    /// De-registration was asked for while a REGISTER was under way; it follows its answer.
    private var wantsEnd = false

    init(impi: String, isCard: Bool, contact: String, expires: Int = wantedSeconds) {
        self.impi = impi
        self.isCard = isCard
        self.contact = try? AnyURI(parsing: contact)
        self.expires = expires
    }

    /// The UE has another Contact from now on.
    mutating func move(to contact: String) { self.contact = try? AnyURI(parsing: contact) }

    mutating func handle(_ event: Event) -> Effects<Effect> {
        switch state {
        case .idle: idle(event)
        case .registering: registering(event)
        case .registered: registered(event)
        case .deregistering: deregistering(event)
        }
    }

    private mutating func idle(_ event: Event) -> Effects<Effect> {
        switch event {
        case .register, .due: begin(.registering)
        case .deregister: Effects(.stop, .deregistered)
        case .response, .unanswered, .card, .again, .unacceptable: .none
        }
    }

    private mutating func registering(_ event: Event) -> Effects<Effect> {
        switch event {
        case .response(let response): answered(response)
        case .unanswered(let fault): fail(fault, mayRetry: true, after: nil)
        case .card(let answer): resume(answer, expires: expires)
        case .again: Effects(.send(expires: expires, authorization: nil))
        case .unacceptable(let fault): fail(fault, mayRetry: false, after: nil)
        case .deregister: awaitEnd()
        case .register, .due: .none
        }
    }

    private mutating func registered(_ event: Event) -> Effects<Effect> {
        switch event {
        case .due, .register: begin(.registering)
        case .deregister: begin(.deregistering)
        case .response, .unanswered, .card, .again, .unacceptable: .none
        }
    }

    /// TS 24.229 §5.1.1.6: whatever the answer, nothing is registered here any more.
    private mutating func deregistering(_ event: Event) -> Effects<Effect> {
        switch event {
        case .response(let response) where response.isProvisional: return .none
        case .response(let response) where response.status == 401: return challenged(response)
        case .response(let response) where response.status < 300:
            clear()
            return Effects(.deregistered)
        case .response(let response): return fail(fault(of: response), mayRetry: false, after: nil)
        case .unanswered(let fault): return fail(fault, mayRetry: false, after: nil)
        case .card(let answer): return resume(answer, expires: 0)
        case .again: return Effects(.send(expires: 0, authorization: nil))
        case .unacceptable(let fault): return fail(fault, mayRetry: false, after: nil)
        case .register, .deregister, .due: return .none
        }
    }

    private mutating func awaitEnd() -> Effects<Effect> {
        wantsEnd = true
        return .none
    }

    private mutating func begin(_ next: State) -> Effects<Effect> {
        state = next
        challenges = 0
        invalid = 0
        raises = 0
        wantsEnd = false
        return Effects(.stop, .send(expires: next == .deregistering ? 0 : expires, authorization: nil))
    }

    // MARK: Answers

    private mutating func answered(_ response: SIPMessage) -> Effects<Effect> {
        switch response.status {
        case ..<200: return .none
        case 200..<300: return granted(response)
        case 401: return challenged(response)
        // RFC 3261 §10.2.8: the interval was too brief.
        case 423:
            guard raises < 2, let least = (try? response.integer(.minExpires)) ?? nil, least > expires else {
                return fail(fault(of: response), mayRetry: false, after: nil)
            }
            raises += 1
            expires = least
            return Effects(.send(expires: expires, authorization: nil))
        default:
            let isPassing = response.status >= 500 || response.status == 408 || response.status == 480
            let after = (try? response.integer(.retryAfter)) ?? nil
            return fail(fault(of: response), mayRetry: isPassing, after: after)
        }
    }

    /// TS 24.229 §5.1.1.4.1: again 600 s before the end, or at half time where that is 1200 s or less away.
    private mutating func granted(_ response: SIPMessage) -> Effects<Effect> {
        let seconds = Self.seconds(in: response, of: contact) ?? expires
        let grant = RegistrationGrant(
            seconds: seconds,
            associatedURIs: ((try? response.addresses(.pAssociatedURI)) ?? []).map(\.uri.description),
            serviceRoute: response.texts(.serviceRoute))
        self.grant = grant
        state = .registered
        failures = 0
        // A registrar that grants no time is asked again, but not without end in one moment.
        let wait = seconds > 1_200 ? (seconds - 600) * 1_000 : max(1, seconds) * 500
        var effects = Effects<Effect>(.start(milliseconds: wait), .registered(grant))
        if wantsEnd { effects.append(contentsOf: begin(.deregistering)) }
        return effects
    }

    /// The expiry of this UE's own contact (RFC 3261 §10.2.4).
    private static func seconds(in response: SIPMessage, of contact: AnyURI?) -> Int? {
        let contacts = (try? response.contacts()) ?? []
        let own = contacts.first { value in
            guard let contact, let uri = value.address?.uri else { return false }
            return uri.isEquivalent(to: contact)
        }
        return own?.expires ?? (try? response.integer(.expires)) ?? nil
    }

    private mutating func challenged(_ response: SIPMessage) -> Effects<Effect> {
        challenges += 1
        guard challenges <= Self.challengeLimit, invalid < Self.invalidLimit else {
            return fail(lastInvalid ?? fault(of: response), mayRetry: false, after: nil)
        }
        guard let challenge = response.text(.wwwAuthenticate).flatMap(DigestChallenge.init(parsing:)) else {
            return fail(.unknownChallenge("no Digest challenge in the 401"), mayRetry: false, after: nil)
        }
        return Effects(.ask(challenge))
    }

    private mutating func resume(_ answer: Authenticator.Answer, expires: Int) -> Effects<Effect> {
        switch answer {
        case .credentials(let text):
            invalid = 0
            lastInvalid = nil
            return Effects(.send(expires: expires, authorization: text))
        case .resynchronisation(let text):
            invalid += 1
            lastInvalid = .synchronisation(impi)
            return Effects(.send(expires: expires, authorization: text))
        case .macFailure(let text):
            invalid += 1
            lastInvalid = .macFailure(impi)
            return Effects(.send(expires: expires, authorization: text))
        case .impossible(let fault): return fail(fault, mayRetry: false, after: nil)
        }
    }

    private func fault(of response: SIPMessage) -> UEFault {
        if let lastInvalid {
            var fault = lastInvalid
            fault.status = response.status
            return fault
        }
        return .registration(
            response.status, response.reason, hasAnswered: challenges > 0, isCard: isCard)
    }

    /// A first registration that fails is the user's to try again; one that stood is tried again by itself where the
    /// cause may pass.
    private mutating func fail(_ fault: UEFault, mayRetry: Bool, after: Int?) -> Effects<Effect> {
        let stood = grant != nil && state == .registering
        clear()
        guard stood, mayRetry, !wantsEnd else { return Effects(.stop, .failed(fault, retryMilliseconds: nil)) }
        let own = min(Self.retrySeconds.last, Self.retrySeconds.first << min(failures, 10))
        failures += 1
        // Kept as a sign that it stood: further failures are tried again too.
        grant = RegistrationGrant(seconds: 0, associatedURIs: [], serviceRoute: [])
        let wait = max(1, min(after ?? own, Self.retrySeconds.last)) * 1_000
        return Effects(.start(milliseconds: wait), .failed(fault, retryMilliseconds: wait))
    }

    private mutating func clear() {
        state = .idle
        grant = nil
        lastInvalid = nil
    }
}
