import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// How a call between Alice and Bob is meant to go.
enum CallScript: String, CaseIterable, Sendable {
    /// Rings, is answered, Alice hangs up.
    case callerHangsUp
    /// The same, and Bob hangs up.
    case calleeHangsUp
    /// Provisional responses are acknowledged (RFC 3262).
    case reliable
    /// Alice gives up while it rings.
    case cancelled
    /// Bob is busy.
    case busy
    /// No call, a text.
    case message

    /// How each end tells of its end.
    var ends: (alice: String, bob: String?) {
        switch self {
        case .callerHangsUp, .reliable: ("hungUp", "hungUpByPeer")
        case .calleeHangsUp: ("hungUpByPeer", "hungUp")
        case .cancelled: ("cancelled unanswered", "cancelled unanswered")
        case .busy: ("refused(status: 486) unanswered", "rejected(status: 486) unanswered")
        case .message: ("message 200", nil)
        }
    }

    private var habit: AnsweringHabit {
        switch self {
        case .callerHangsUp, .calleeHangsUp, .reliable: .answer(afterMilliseconds: 300)
        case .cancelled, .message: .ring
        case .busy: .refuse(status: 486)
        }
    }

    func pair() throws -> FleetPair { try FleetPair(requires100rel: self == .reliable, latencyMilliseconds: 60) }

    /// Plays the script until both ends know that it is over; false if they do not.
    func play(_ pair: FleetPair) -> Bool {
        pair.bob.fleet.assumeIsolated { $0.setHabit(habit, of: 0) }
        let (uri, patience) = (pair.bobURI, self == .cancelled ? 3_000 : nil)
        let hold = self == .calleeHangsUp || self == .cancelled ? nil : 5_000
        if self == .message {
            pair.alice.fleet.start { _ = await $0.message(0, to: uri, text: "Good morning") }
        } else {
            let plan = CallPlan(patienceMilliseconds: patience, holdMilliseconds: hold)
            pair.alice.fleet.assumeIsolated { _ = $0.dial(0, to: uri, plan) }
        }
        if self == .calleeHangsUp {
            pair.world.advance(until: { pair.bob.story.contains("established") }, withinMilliseconds: 120_000)
            pair.world.advance(milliseconds: 5_000)
            // His first call.
            pair.bob.fleet.assumeIsolated { $0.hangUp(UECallID(raw: 1)) }
        }
        return pair.world.advance(until: { isOver(pair) }, withinMilliseconds: 300_000)
    }

    /// Whether both ends know that it is over.
    private func isOver(_ pair: FleetPair) -> Bool {
        pair.alice.story.contains(ends.alice) && ends.bob.map { pair.bob.story.contains($0) } != false
    }
}

/// One datagram of a script's reference run, in which nothing goes wrong.
struct WireStep: Sendable, CustomTestStringConvertible {
    var script: CallScript
    /// Method, or status and method.
    var message: String
    var from: SocketAddress
    var to: SocketAddress
    /// When it is sent, from the script's beginning.
    var milliseconds: Int
    /// How long after it the next one goes the same way; past the transactions' longest repetition where none does.
    var untilNext = 6_000

    var testDescription: String { "\(script) \(message) \(Self.name(from))→\(Self.name(to))" }

    func isSameKind(_ datagram: DatagramInFlight) -> Bool {
        datagram.from == from && datagram.to == to && Self.label(datagram.bytes) == message
    }

    static func label(_ bytes: [UInt8]) -> String {
        guard let message = try? SIPMessage(bytes) else { return "?" }
        return message.isRequest ? message.method.name : "\(message.status) \(message.method.name)"
    }

    private static func name(_ address: SocketAddress) -> String {
        switch address.with(port: 0) {
        case FleetPair.aliceAddress.with(port: 0): "Alice"
        case FleetPair.bobAddress.with(port: 0): "Bob"
        case CoreWorld.pcscfAddress.with(port: 0): "P"
        case CoreWorld.icscfAddress.with(port: 0): "I"
        default: "S"
        }
    }

    /// Every datagram of every script, from runs made once.
    static let all: [WireStep] = CallScript.allCases.flatMap { (try? reference($0)) ?? [] }

    private static func reference(_ script: CallScript) throws -> [WireStep] {
        let pair = try script.pair()
        let start = pair.world.clock.now
        var steps: [WireStep] = []
        pair.world.faults.rule = { datagram in
            let now = pair.world.clock.now.milliseconds(since: start)
            if let last = steps.lastIndex(where: { $0.from == datagram.from && $0.to == datagram.to }) {
                steps[last].untilNext = max(1, now - steps[last].milliseconds + 1)
            }
            steps.append(
                WireStep(
                    script: script, message: label(datagram.bytes), from: datagram.from, to: datagram.to,
                    milliseconds: now))
            return nil
        }
        _ = script.play(pair)
        pair.world.advance(milliseconds: 1_000)
        pair.world.faults.rule = nil
        // How it is set up is the other script's matter.
        return script == .calleeHangsUp ? steps.filter { $0.message.hasSuffix("BYE") } : steps
    }
}
