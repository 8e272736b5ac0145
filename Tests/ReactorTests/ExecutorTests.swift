import Glibc
import Reactor
import RoleKit
import Synchronization
import Testing

@Suite struct ExecutorTests {
    private actor Worker: Instance {
        nonisolated let loop: any InstanceLoop
        nonisolated let name = "worker"
        nonisolated let role = Role.hss
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        let eventLoop: EventLoop
        private(set) var log: [Int] = []
        private(set) var strangers = 0
        private var waiting: [CheckedContinuation<Int, Never>] = []
        private var finished: [CheckedContinuation<Void, Never>] = []

        init(_ loop: EventLoop) {
            self.loop = loop
            eventLoop = loop
        }
        var isReady: Bool { true }
        var isDrained: Bool { true }
        func start() {}
        func drain() {}
        func snapshot(_ query: SnapshotQuery) -> Report { .number(log.count) }
        func handle(_ event: InstanceEvent) {}

        private func look() { if !eventLoop.isCurrent { strangers += 1 } }
        private func answer() async -> Int {
            look()
            return await withCheckedContinuation { waiting.append($0) }
        }
        private nonisolated func elsewhere() async -> Bool { eventLoop.isCurrent }
        private func double(_ x: Int) async -> Int {
            look()
            return 2 * x
        }

        /// Awaits of every kind: a continuation, an async let, a nonisolated function, a task group.
        func procedure(_ number: Int) async {
            look()
            let answered = await answer()
            look()
            async let doubled = double(answered)
            if !(await elsewhere()) { strangers += 1 }
            let sum = await withTaskGroup(of: Int.self) { group in
                for index in 0..<3 { group.addTask { index } }
                return await group.reduce(0, +)
            }
            look()
            if await doubled == 2 * answered, sum == 3 { log.append(number) }
            if log.count == 100 {
                for continuation in finished { continuation.resume() }
                finished = []
            }
        }

        func release() {
            let list = waiting
            waiting = []
            for (index, continuation) in list.enumerated() { continuation.resume(returning: index) }
        }
        func waitForAll() async {
            if log.count < 100 { await withCheckedContinuation { finished.append($0) } }
        }
        func append(_ number: Int) { log.append(number) }
    }

    @Test("Procedures with awaits run on the loop's thread only, in order")
    func procedures() async throws {
        try await withLoop { loop in
            let worker = Worker(loop)
            for number in 0..<100 { worker.start { await $0.procedure(number) } }
            await worker.release()
            await worker.waitForAll()
            #expect(await worker.strangers == 0)
            #expect(await worker.log == Array(0..<100))
        }
    }

    @Test("other threads reach the actor, each in its own order")
    func foreign() async throws {
        try await withLoop { loop in
            let worker = Worker(loop)
            await withTaskGroup(of: Void.self) { group in
                for thread in 0..<8 {
                    group.addTask { for index in 0..<500 { await worker.append(thread * 1_000 + index) } }
                }
            }
            let log = await worker.log
            #expect(log.count == 4_000)
            for thread in 0..<8 {
                #expect(log.filter { $0 / 1_000 == thread } == (0..<500).map { thread * 1_000 + $0 })
            }
        }
    }

    @Test("closures from one thread keep their order; delayed ones come when their time has come")
    func closures() async throws {
        try await withLoop { loop in
            let worker = Worker(loop)
            for number in 0..<1_000 { loop.execute { worker.assumeIsolated { $0.append(number) } } }
            let order = await withCheckedContinuation { continuation in
                loop.execute(afterMilliseconds: 30) { worker.assumeIsolated { $0.append(30) } }
                loop.execute(afterMilliseconds: 10) { worker.assumeIsolated { $0.append(10) } }
                loop.execute(afterMilliseconds: 50) { continuation.resume(returning: worker.assumeIsolated { $0.log }) }
            }
            #expect(order == Array(0..<1_000) + [10, 30])
            #expect(!loop.isCurrent)
            #expect(loop.isIsolatingCurrentContext() == false)
        }
    }

    @Test("work given before the loop runs is done when it runs; stop ends run()")
    func beforeRun() async throws {
        let loop = try EventLoop()
        let worker = Worker(loop)
        loop.execute { worker.assumeIsolated { $0.append(1) } }
        loop.stop()
        let ran = Mutex(false)
        loop.execute { ran.withLock { $0 = true } }
        loop.run()
        #expect(ran.withLock { $0 })
        loop.run()  // a loop runs once
    }

    @Test("a job that outlives its loop is no crash: stop with procedures waiting")
    func stopInFlight() async throws {
        let stopped = try await withLoop { loop in
            let probe = attachProbe(loop)
            let (id, address) = try await probe.listen(.udp)
            let connection = await probe.connect(SocketAddress(203, 0, 113, 1, port: 9))
            await probe.run { probe in
                probe.send([1], on: connection)
                probe.send([1], from: id, to: address)
                _ = probe.ports.start(afterMilliseconds: 1, TimerToken(.role, kind: 0, id: 0))
            }
            return probe
        }
        #expect(stopped.name == "probe")
    }

    @Test("signals arrive on the loop")
    func signals() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let seen = Mutex<[Int32]>([])
            loop.onSignal([SIGUSR1, SIGUSR2]) { number in
                seen.withLock { $0.append(number) }
                if loop.isCurrent { probe.assumeIsolated { $0.check() } }
            }
            await probe.run { _ in }  // the handler is in place once the loop has come this far
            kill(getpid(), SIGUSR1)
            try await probe.wait("SIGUSR1") { _ in seen.withLock { $0 == [SIGUSR1] } }
            kill(getpid(), SIGUSR2)
            try await probe.wait("SIGUSR2") { _ in seen.withLock { $0 == [SIGUSR1, SIGUSR2] } }
        }
    }
}
