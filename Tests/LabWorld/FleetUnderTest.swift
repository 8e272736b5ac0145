public import AKA
public import LabUE
import RoleKit
public import TestSupport
public import Testing

/// What happened on a fleet's loop, for a test to read.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class Kept<Value>: @unchecked Sendable {
    public var value: Value
    public init(_ value: Value) { self.value = value }
}

/// A fleet in a virtual world, with everything it told.
public final class FleetUnderTest {
    public let fleet: Fleet
    public let node: VirtualNode
    public let world: VirtualWorld
    public let events = Kept<[FleetEvent]>([])

    public init(
        _ world: VirtualWorld, _ config: FleetConfig, _ identities: [UEIdentity], name: String = "ue"
    ) throws {
        self.world = world
        node = world.node(name)
        node.network.home = config.local.with(port: 0)
        let events = events
        fleet = try Fleet(config: config, identities: identities, ports: node.ports, loop: world.loop) {
            events.value.append($0)
        }
        try node.start(fleet)
    }

    /// Runs a procedure to its end, as a command does.
    public func run<Value: Sendable>(
        withinMilliseconds limit: Int = 300_000, _ procedure: @escaping @Sendable (isolated Fleet) async -> Value
    ) throws -> Value {
        let kept = Kept<Value?>(nil)
        fleet.start { kept.value = await procedure($0) }
        world.advance(until: { kept.value != nil }, withinMilliseconds: limit)
        return try #require(kept.value, "the procedure has not come to its end")
    }

    /// Texts of what happened, without the details.
    public var story: [String] { events.value.map(Self.brief) }

    public static func brief(_ event: FleetEvent) -> String {
        switch event {
        case .registered(let phone, let grant): "registered \(phone) \(grant.seconds)"
        case .deregistered(let phone): "deregistered \(phone)"
        case .registrationFailed(let phone, let fault, let retry):
            "failed \(phone) \(fault.status ?? 0)" + (retry.map { " again in \($0)" } ?? "")
        case .incomingCall(_, _, let from): "incoming \(from)"
        case .progressing(_, let status): "\(status)"
        case .established: "established"
        case .ended(_, _, let end, let stood): "\(end)" + (stood ? "" : " unanswered")
        case .message(_, let from, let text): "message \(from) \(text)"
        case .messageAnswered(_, let status, _): "message \(status)"
        case .shortMessage(_, let from, let text): "short message \(from) \(text)"
        case .statusReport(_, let about, let isDelivered): "status report \(about) \(isDelivered)"
        case .shortMessageAnswered(_, let outcome): "short message \(outcome)"
        }
    }

    /// Nothing is under way and nothing is left behind once every linger has passed.
    public func expectClean(timers: Int = 0, _ location: SourceLocation = #_sourceLocation) {
        world.advance(milliseconds: 300_000)
        let counts = fleet.assumeIsolated { $0.counts }
        #expect(counts.serverTransactions == 0, "server transactions", sourceLocation: location)
        #expect(counts.clientTransactions == 0, "client transactions", sourceLocation: location)
        #expect(counts.waiting == 0 && counts.unanswered == 0, "answers outstanding", sourceLocation: location)
        #expect(node.timers.running == timers, "\(node.timers.tokens)", sourceLocation: location)
        guard case .object(let pairs) = fleet.assumeIsolated({ $0.snapshot(.status) }) else { return }
        for key in ["calls", "requests"] {
            #expect(pairs.first { $0.key == key }?.value == .number(0), "\(key)", sourceLocation: location)
        }
    }
}

extension UEIdentity {
    /// The SIM of a subscriber of a core under test.
    public init(_ subscriber: TestSubscriber, k: Block128? = nil) throws {
        let card = try #require(subscriber.usim)
        var keys = card.keys
        if let k { keys.k = k }
        self.init(
            impi: subscriber.impi, impu: subscriber.impu, domain: CoreWorld.home, secret: .card(keys),
            instance: "urn:gsma:imei:00101000-000001-0")
    }
}
