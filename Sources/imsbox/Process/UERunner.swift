import Glibc
import LabUE
import Reactor
import RoleKit
import Tap

/// Runs a fleet of lab UEs on an event loop of its own until a procedure is done.
///
/// `@unchecked Sendable`: all but the making is touched on the loop only.
final class UERunner: @unchecked Sendable {
    let fleet: Fleet
    private let loop: EventLoop
    private var failure: Failure?
    private var capture: CaptureFile?
    /// What a first signal does; the second ends at once. Nil: the first ends too.
    private var onSignal: (@Sendable (isolated Fleet) async -> Void)?
    private var isEnding = false

    init(
        _ config: FleetConfig, _ identities: [UEIdentity], pcap: String? = nil,
        observe: (@Sendable (FleetEvent) -> Void)? = nil
    ) throws {
        ProcessSafety.prepare(allowsCoreDumps: false)
        do { loop = try EventLoop(name: "imsbox-ue") } catch { throw Failure(.failed, error.description) }
        let ports = LoopPorts(loop: loop)
        if let pcap {
            let offset = WallClock.now - Int64(clamping: loop.moment.nanoseconds)
            do { capture = try CaptureFile(path: pcap, epochOffset: offset) } catch {
                throw Failure(.failed, error.description)
            }
        }
        // Without a file nobody looks, and a load run need not pay for redaction.
        let tap: any TapPort =
            capture == nil
            ? NoTap() : InstanceTap(clock: ports, limits: .init(entries: 0, bytes: 0), capture: capture)
        fleet = try Fleet(
            config: config, identities: identities, ports: ports.ports(tap: tap, log: UELog()), loop: loop,
            observe: observe)
        loop.attach(fleet, ports)
    }

    /// Runs the procedure, and what a signal asks for; a thrown failure ends the command.
    func run(
        onSignal: (@Sendable (isolated Fleet) async -> Void)? = nil,
        _ procedure: @escaping @Sendable (isolated Fleet) async throws(Failure) -> Void
    ) throws(Failure) {
        self.onSignal = onSignal
        loop.onSignal(ProcessSafety.endingSignals) { [self] _ in end() }
        loop.execute { [self] in begin(procedure) }
        loop.run()
        capture?.flush()
        if let failure { throw failure }
    }

    /// Repeats something on the loop until it says no.
    func every(milliseconds: Int, _ body: @escaping @Sendable (isolated Fleet) -> Bool) {
        loop.execute(afterMilliseconds: milliseconds) { [self] in
            if fleet.assumeIsolated({ body($0) }) { every(milliseconds: milliseconds, body) }
        }
    }

    private func begin(_ procedure: @escaping @Sendable (isolated Fleet) async throws(Failure) -> Void) {
        do { try fleet.startAssumed() } catch {
            failure = Failure(.failed, error is UEFault ? "\(error)" : "the UE cannot listen: \(error)")
            return loop.stop()
        }
        fleet.start { [self] fleet in
            do throws(Failure) { try await procedure(fleet) } catch { failure = error }
            await finish(fleet)
        }
    }

    /// However the command ends, nothing of it stays in the kernel.
    private func finish(_ fleet: isolated Fleet) async {
        await fleet.releaseSecurity()
        loop.stop()
    }

    private func end() {
        guard let onSignal, !isEnding else {
            failure = failure ?? (isEnding ? nil : Failure(.failed, "interrupted"))
            fleet.assumeIsolated { $0.abandonSecurity() }
            return loop.stop()
        }
        isEnding = true
        fleet.start { [self] fleet in
            await onSignal(fleet)
            await finish(fleet)
        }
    }
}

/// Keeps nothing.
private final class NoTap: TapPort {
    func sip(
        _ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress, _ link: LinkKind
    ) {}
    func diameter(_ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress) {}
    func event(_ text: String, impu: String, impi: String, callID: String) {}
}

/// The fleet's log lines, as complaints on stderr: only what is worth a line in a command.
final class UELog: LogPort {
    let level = LogLevel.warning

    func write(_ level: LogLevel, _ event: String, _ fields: [(LogKey, String)]) {
        Terminal.complain("ue: \(event) " + fields.map { "\($0.0.rawValue)=\($0.1)" }.joined(separator: " "))
    }
}
