import CReactor
import RoleKit

/// Signals as bytes in a pipe: whichever thread the kernel interrupts, the loop hears of it as of any socket.
struct SignalPipe {
    let readEnd: Int32
    let writeEnd: Int32
    var handlers: [Int32: @Sendable (Int32) -> Void] = [:]

    init?() {
        var ends: (Int32, Int32) = (-1, -1)
        guard reactor_signal_pipe(&ends.0, &ends.1) == 0 else { return nil }
        (readEnd, writeEnd) = ends
    }

    func close() {
        for number in handlers.keys { _ = reactor_signal_watch(number, -1) }
        reactor_close(readEnd)
        reactor_close(writeEnd)
    }
}

extension EventLoop {
    /// Calls `handler` on the loop for each of these signals; from any thread. When the loop ends the signals have
    /// their default effect again. The last loop that asks for a signal gets it.
    public func onSignal(_ numbers: [Int32], _ handler: @escaping @Sendable (Int32) -> Void) {
        execute {
            if self.signals == nil, let pipe = SignalPipe() {
                _ = reactor_poll_add(self.poll, pipe.readEnd, PollKey.signals, PollKey.readable)
                self.signals = pipe
            }
            guard let end = self.signals?.writeEnd else { return }
            for number in numbers where reactor_signal_watch(number, end) == 0 {
                self.signals?.handlers[number] = handler
            }
        }
    }

    func readSignals() {
        guard let signals else { return }
        var numbers = [UInt8](repeating: 0, count: 64)
        let count = reactor_signal_read(signals.readEnd, &numbers, Int32(numbers.count))
        for number in numbers.prefix(Int(count)) { signals.handlers[Int32(number)]?(Int32(number)) }
    }
}
