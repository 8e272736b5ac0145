import Foundation
import LabHarness

/// MARs through the HSS as a process: Diameter over TCP, the subscriber from the store, an SQN reserved, a vector made.
enum HSSBench {
    static func run(times: Int) throws {
        let subscribers = 1000
        try Lab.with(LabSettings { $0.guests = [DiameterClient.host] }) { lab in
            try lab.provision(1...subscribers)
            try lab.start([[.hss]])
            let pid = try lab.process(of: .hss).pid
            let client = try DiameterClient(to: lab.hss)
            guard try client.multimediaAuth(subscribers, subscribers: subscribers, window: 16) == subscribers else {
                throw HarnessError("the HSS did not give every vector")
            }
            let before = ProcessCPU.seconds(pid)
            let clock = ContinuousClock()
            var good = 0
            let wall = try clock.measure {
                good = try client.multimediaAuth(times, subscribers: subscribers, window: 16)
            }
            let seconds = ProcessCPU.seconds(pid) - before
            guard good == times else { throw HarnessError("\(times - good) of \(times) MARs were refused") }
            var table = Table(["", "CPU µs each", "a second"])
            table.add([
                "MAR, 16 outstanding", (seconds * 1e6 / Double(times)).text(1),
                (Double(times) / wall.milliseconds * 1000).text(0),
            ])
            table.print(title: "HSS process with its store, \(times) MARs over \(subscribers) subscribers")
            try lab.stop()
        }
    }
}
