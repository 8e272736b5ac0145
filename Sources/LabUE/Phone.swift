import RoleKit
import SIP

/// One UE of a fleet; its clear listener has its number.
struct Phone: Sendable {
    let identity: UEIdentity
    var registration: RegistrationMachine
    var authenticator: Authenticator
    /// Contact of this UE: URI, and with feature tags (TS 24.229 §5.1.1.2.1 item c).
    var contactURI: String
    let callID: String
    let fromTag: String
    var cseq: UInt32 = 0
    var timer: TimerID?
    /// The REGISTER that waits for its answer.
    var request: ClientTransactionID?
    /// Nil where it speaks in the clear.
    var security: UESecurity?
    /// Security-Server of the 401 last received.
    var securityServer: [String] = []
    /// The ends of its sets.
    var setTimers: [UInt32: TimerID] = [:]
    var habit = AnsweringHabit.answer(afterMilliseconds: 1_000)
    var messages = PhoneMessages()
    /// Calls under way.
    var calls = 0
    /// When the attempt under way began, for latencies.
    var began = Moment(nanoseconds: 0)

    /// Feature tags of a phone with voice and SMS over IP (TS 24.229 §7.9.2, TS 24.341 §5.3.2.2).
    static let features = ";+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\";+g.3gpp.smsip"
    static let allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, PRACK, UPDATE, INFO"

    var contact: String { "<\(contactURI)>;+sip.instance=\"<\(identity.instance)>\"\(Self.features)" }

    /// The identity it calls with: the first of the implicit set, since the registered one may be barred
    /// (TS 24.229 §5.1.2A.1.1).
    var publicIdentity: String { registration.grant?.associatedURIs.first ?? identity.impu }

    var isRegistered: Bool { registration.state == .registered }
}

/// One end of a call in a fleet.
struct FleetCall: Sendable {
    enum Machine: Sendable {
        case outgoing(OutgoingCall)
        case incoming(IncomingCall)

        mutating func handle(_ event: CallEvent) -> Effects<CallEffect> {
            switch self {
            case .outgoing(var machine):
                let effects = machine.handle(event)
                self = .outgoing(machine)
                return effects
            case .incoming(var machine):
                let effects = machine.handle(event)
                self = .incoming(machine)
                return effects
            }
        }

        func owns(_ id: DialogID) -> Bool {
            switch self {
            case .outgoing(let machine): machine.owns(id)
            case .incoming(let machine): machine.owns(id)
            }
        }
    }

    let phone: Int
    var machine: Machine
    let callID: String
    /// Caller: the INVITE's transaction.
    var transaction: ClientTransactionID?
    /// The INVITE last received, and what it was answered with.
    var invite: IncomingRequest?
    var reply = CallReply(status: 100)
    /// Bodies of sessions described here so far: the version of the next (RFC 3264 §8).
    var versions = 0
    var timers: [UInt8: TimerID] = [:]
    /// Called: nobody is alerted before the caller has said that its access is ready (RFC 3312 §5.1.2).
    var awaitsPeer = false
    /// Caller: what the peer last said of both accesses, where the session has preconditions and has not been renewed.
    var owesRenewal: QoSPreconditions?
    var hasStood = false
    var isOver = false
    /// What the caller means to do.
    var plan = CallPlan()
}

/// Kinds of the role's timers; those of a call follow from `call`, `CallTimer`'s two first.
enum FleetTimer {
    static let registration: UInt8 = 1
    /// A step of a procedure is due.
    static let wake: UInt8 = 2
    static let load: UInt8 = 3
    /// The end of a security association set.
    static let security: UInt8 = 4
    /// Sets that are no more leave the kernel.
    static let farewell: UInt8 = 5
    /// No report of the service centre has come.
    static let message: UInt8 = 6
    static let call: UInt8 = 0x10

    /// The end of the memory of a call that is over.
    static let linger: UInt8 = 0x20
    /// The caller gives up.
    static let patience: UInt8 = 0x21
    /// The caller hangs up.
    static let hold: UInt8 = 0x22
    /// The called UE takes the call.
    static let answer: UInt8 = 0x23
}
