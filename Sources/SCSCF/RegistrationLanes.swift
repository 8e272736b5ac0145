import IMSCore
import RoleKit

/// One registration procedure at a time for a private identity.
///
/// A procedure awaits the HSS; a second one for the same identity begun meanwhile would decide from what the first is
/// about to change. RFC 3261 §10.2 lets a UE send the next REGISTER only after the answer to the last, so a queue is
/// short; over its limit a REGISTER is answered 500 with Retry-After, as RFC 3261 §10.3 does for what cannot be done now.
struct RegistrationLanes: Sendable {
    enum Job: Sendable {
        case register(IncomingRequest, RegisterRequest)
        /// A binding's time has come.
        case bindingExpiry(UInt64)
        /// reg-await-auth has run out.
        case authenticationTimeout(UInt64)
        /// The network takes the user's bindings in a set away.
        case withdrawal(set: UInt64)
    }

    enum Admission: Equatable { case runs, waits, full }

    /// REGISTERs that may wait in one lane.
    static let maximumWaiting = 4

    /// Jobs behind the one that runs; an entry means that one runs.
    private var waiting: [IMPI: [Job]] = [:]

    var isIdle: Bool { waiting.isEmpty }
    var count: Int { waiting.count }

    mutating func enter(_ impi: IMPI, _ job: Job) -> Admission {
        guard let queue = waiting[impi] else {
            waiting[impi] = []
            return .runs
        }
        if case .register = job, queue.count >= Self.maximumWaiting { return .full }
        waiting[impi] = queue + [job]
        return .waits
    }

    /// The job after the one that has ended; nil closes the lane.
    mutating func next(_ impi: IMPI) -> Job? {
        guard var queue = waiting[impi], !queue.isEmpty else {
            waiting[impi] = nil
            return nil
        }
        let job = queue.removeFirst()
        waiting[impi] = queue
        return job
    }
}
