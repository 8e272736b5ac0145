import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// An HSS that is away or slow is the network's fault: 480 or 504 with Retry-After, never 403, which a phone takes for good (TS 24.229 §5.3.1.3).
    @Suite("HSS trouble")
    struct HSSTrouble {
        private static let apart: [Shape] = [.processes, .mixed(alone: .hss)]

        @Test(
            "TS 24.229 §5.3.1.3: with a dead HSS a phone is told to try later, and succeeds when it is back",
            arguments: apart)
        func deadHSS(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().last?.status == 200)
                try lab.crash(.hss)
                try requireTryLater(phone.exchange(phone.register()))
                try lab.start([[.hss]])
                _ = try phone.registerEventually(within: 30)
            }
        }

        @Test("TS 24.229 §5.4.1.2.2: an HSS that dies between challenge and response refuses nobody", arguments: apart)
        func dyingHSS(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phone = try lab.phone(2)
                let challenge = try phone.exchange(phone.register())
                try #require(challenge.status == 401)
                try lab.crash(.hss)
                try requireTryLater(phone.exchange(phone.register(.answer(challenge))))
                try lab.start([[.hss]])
                _ = try phone.registerEventually(within: 30)
            }
        }

        @Test("An HSS that answers late, but in time, only makes the phone wait", arguments: apart)
        func lateHSS(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phone = try lab.phone(3)
                let hss = try lab.process(of: .hss)
                hss.signal(SIGSTOP)
                let request = try phone.register()
                try phone.socket.send(Array(request.utf8), to: lab.pcscf)
                while let early = try phone.socket.receive(by: Deadline(seconds: 1)).flatMap(SIPText.init) {
                    try #require(early.status < 200, "answered without the HSS")
                }
                hss.signal(SIGCONT)
                let challenge = try phone.exchange(request)
                try #require(challenge.status == 401)
                try #require(phone.exchange(phone.register(.answer(challenge))).status == 200)
            }
        }

        @Test(
            "RFC 6733 §6.2: an HSS that answers too late is told of once; its late answers harm nothing",
            arguments: apart)
        func tooLateHSS(shape: Shape) throws {
            try Lab.run(shape, LabSettings { $0.diameterTimeout = 1 }) { lab in
                let phone = try lab.phone(4)
                let hss = try lab.process(of: .hss)
                hss.signal(SIGSTOP)
                try requireTryLater(phone.exchange(phone.register()))
                hss.signal(SIGCONT)
                _ = try phone.registerEventually(within: 30)
                try #require(phone.attempt().map(\.status) == [401, 200])
            }
        }

        private func requireTryLater(_ response: SIPText) throws {
            try #require([480, 504].contains(response.status), "\(response.startLine)")
            let seconds = response.value("Retry-After").flatMap { Int($0.prefix { $0.isNumber }) }
            try #require(seconds.map { $0 > 0 } == true, "Retry-After: \(response.value("Retry-After") ?? "missing")")
        }
    }
}
