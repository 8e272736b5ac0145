import IMSCore
import RoleKit
import SIP

/// What comes in over Mw.
extension SCSCF {
    /// A request of a UE or of another CSCF.
    func receive(_ incoming: IncomingRequest) {
        switch incoming.message.method {
        case .register: receiveRegister(incoming)
        default: session(incoming)
        }
    }

    private func receiveRegister(_ incoming: IncomingRequest) {
        guard believes(incoming.flow.remote) else { return refuseStranger(incoming, "a REGISTER") }
        do {
            let request = try RegisterRequest(incoming.message)
            if submit(.register(incoming, request), for: request.impi) { return }
            complain("registration queue full", request)
            stack.respond(incoming, 500) { $0.add(.retryAfter, String(config.retryAfterSeconds)) }
        } catch {
            let source = incoming.flow.remote
            // Nothing is known of the user, and who sends such things sends them again and again: once a source.
            if complaints.isFirst("unusable", from: source.host) {
                ports.log.notice(
                    "REGISTER refused",
                    [(.status, String(error.status)), (.reason, error.reason), (.peer, source.description)])
            }
            stack.respond(incoming, error.status, error.reason) {
                for header in error.headers { $0.add(header.id, header.value) }
            }
        }
    }

    /// Hands a job to the lane of a private identity; false if the lane is full.
    @discardableResult
    func submit(_ job: RegistrationLanes.Job, for impi: IMPI) -> Bool {
        switch lanes.enter(impi, job) {
        case .runs:
            start { scscf in await scscf.run(job, for: impi) }
            return true
        case .waits: return true
        case .full: return false
        }
    }

    /// Runs a lane until it is empty.
    private func run(_ first: RegistrationLanes.Job, for impi: IMPI) async {
        var job: RegistrationLanes.Job? = first
        while let current = job {
            switch current {
            case .register(let incoming, let request): await register(incoming, request)
            case .bindingExpiry(let serial): await expire(binding: serial)
            case .authenticationTimeout(let serial): await abandon(challenge: serial)
            case .withdrawal(let set): await withdraw(set: set, of: impi)
            }
            job = lanes.next(impi)
        }
        finishDraining()
    }

    func handle(timer token: TimerToken) {
        switch token.kind {
        case TimerKind.bindingExpiry:
            if let binding = registrar.binding(token.id) { submit(.bindingExpiry(token.id), for: binding.impi) }
        case TimerKind.regAwaitAuth:
            if let impi = authentication.owner(of: token.id) { submit(.authenticationTimeout(token.id), for: impi) }
        case TimerKind.subscriptionExpiry, TimerKind.notifyRetry: subscriptionTimer(token)
        case TimerKind.asLiveness: silent(leg: token.id)
        default: break
        }
    }

    /// A warning once for each private identity.
    func complain(_ event: String, _ request: RegisterRequest, _ fields: [(LogKey, String)] = []) {
        guard complaints.isFirst(event, from: request.impi.text) else { return }
        ports.log.warning(
            event, [(.impi, request.impi.text), (.impu, request.impu.text), (.callID, request.callID)] + fields)
    }
}
