/// Everything an instance may touch of the outside world. Real on sockets, virtual in tests and simulation.
public struct Ports: Sendable {
    public var clock: any Clock
    public var timers: any Timers
    public var network: any Network
    public var random: any Randomness
    public var tap: any TapPort
    public var log: any LogPort

    public init(
        clock: any Clock, timers: any Timers, network: any Network, random: any Randomness, tap: any TapPort,
        log: any LogPort
    ) {
        self.clock = clock
        self.timers = timers
        self.network = network
        self.random = random
        self.tap = tap
        self.log = log
    }
}
