import Foundation
import LabHarness

/// An HSS under the test's control, for answers a good HSS does not give. It opens connections and keeps them open by
/// the book; what it says to a User-Authorization-Request is the test's.
///
/// `@unchecked Sendable`: `reply` is set before the threads start, `asked` is only touched with `lock` held.
final class ForeignHSS: @unchecked Sendable {
    static let host = "hss.\(Subscriber.domain)"

    private let listener: Socket
    private let reply: @Sendable (DiameterBytes) -> DiameterBytes?
    private let lock = NSLock()
    private var asked = 0

    /// Listens at once, so that a core may be started against it.
    init(at endpoint: Endpoint, reply: @escaping @Sendable (DiameterBytes) -> DiameterBytes?) throws {
        self.reply = reply
        listener = try Socket(.stream, on: endpoint.address, port: endpoint.port)
        try listener.listen()
        Thread { [self] in accept() }.start()
    }

    /// How many UARs have arrived.
    var requests: Int {
        lock.lock()
        defer { lock.unlock() }
        return asked
    }

    /// Listens no more.
    func stop() { listener.shutDown() }

    private func accept() {
        while let stream = try? listener.accept(by: Deadline(seconds: 120)) {
            let connection = UncheckedConnection(stream: stream)
            Thread { [self] in serve(connection.stream) }.start()
        }
    }

    private func serve(_ stream: Socket) {
        var buffer: [UInt8] = []
        while let bytes = try? stream.receive(by: Deadline(seconds: 120)), !bytes.isEmpty {
            buffer += bytes
            while let request = DiameterBytes(takingFrom: &buffer) {
                guard request.flags & DiameterBytes.request != 0, let answer = answer(to: request) else { continue }
                try? stream.write(answer.bytes)
            }
        }
    }

    private func answer(to request: DiameterBytes) -> DiameterBytes? {
        guard request.command == 300 else { return base(request) }
        lock.lock()
        asked += 1
        lock.unlock()
        return reply(request)
    }

    /// CEA, DWA and DPA (RFC 6733 §5).
    private func base(_ request: DiameterBytes) -> DiameterBytes {
        var answer = Self.answer(to: request)
        answer.add(268, number: 2001)
        guard request.command == 257 else { return answer }
        let address = (0..<4).map { UInt8(listener.local.address.number >> (24 - 8 * UInt32($0)) & 255) }
        answer.add(257, [0, 1] + address)
        answer.add(266, number: 10415)
        answer.add(269, text: "foreign")
        answer.add(265, number: 10415)
        answer.add(260, DiameterPeer.cxApplication)
        return answer
    }

    /// The frame of an answer: identifiers, Session-Id, origin. The result is the caller's.
    static func answer(to request: DiameterBytes) -> DiameterBytes {
        var answer = DiameterBytes(
            command: request.command, flags: request.flags & 0x40, application: request.application)
        answer.hopByHop = request.hopByHop
        answer.endToEnd = request.endToEnd
        if let session = request.value(263) { answer.add(263, session) }
        answer.add(264, text: host)
        answer.add(296, text: Subscriber.domain)
        return answer
    }
}

/// Hands an accepted connection to its thread; the accepting one does not touch it again.
private struct UncheckedConnection: @unchecked Sendable {
    let stream: Socket
}
