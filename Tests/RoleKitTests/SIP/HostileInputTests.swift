import Glibc
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("SIP stack: hostile input")
struct HostileInputTests {
    @Test(
        "RFC 4475, RFC 5118: every torture message is survived over UDP and TCP; the next request works",
        arguments: ["rfc4475", "rfc5118"])
    func torture(folder: String) throws {
        let messages = try corpus(folder)
        #expect(messages.count >= 12)
        let scene = try Scene.proxy()
        for message in messages {
            scene.client.send(message, to: Scene.here)
            let connection = scene.client.connect(to: Scene.here)
            scene.client.node.network.send(message, on: connection)
            scene.world.settle()
        }
        scene.send(Wire.request("OPTIONS", branch: "z9hG4bKgood", callID: "good"))
        let texts = scene.server.takeDatagrams().map(\.text)
        #expect(texts.contains { Wire.value($0, "Call-ID") == "good" })
        #expect(scene.isClean(afterMilliseconds: 500_000))
    }

    @Test(
        "Messages with bytes changed at random, in the middle of calls: no crash, nothing left behind", arguments: 1...6
    )
    func mutated(seed: UInt64) throws {
        let scene = try Scene.proxy(Scene.settings())
        let dice = VirtualRandomness(seed: seed)
        func spoiled(_ text: String) -> [UInt8] {
            var bytes = Array(text.utf8)
            for _ in 0..<(1 + Int(dice.next() % 4)) {
                let at = Int(dice.next() % UInt64(bytes.count))
                switch dice.next() % 4 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: dice.next())
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(bytes[Int(dice.next() % UInt64(bytes.count))], at: at)
                default: bytes.removeLast(min(bytes.count - 1, Int(dice.next() % 40)))
                }
            }
            return bytes
        }
        scene.server.onDatagram = { server, datagram in
            for status in [180, 200, 486] {
                server.send(spoiled(Wire.response(to: datagram.text, status)), to: Scene.here)
            }
        }
        for number in 0..<150 {
            let method = ["INVITE", "MESSAGE", "ACK", "CANCEL", "REGISTER"][number % 5]
            let text = Wire.request(method, branch: "z9hG4bKm\(number / 5)", callID: "m\(number / 5)", body: "v=0")
            scene.client.send(spoiled(text), to: Scene.here)
            scene.client.send(text, to: Scene.here)
            scene.world.advance(milliseconds: 20)
        }
        #expect(scene.isClean(afterMilliseconds: 500_000))
    }

    /// The files of a folder of Tests/Corpus.
    private func corpus(_ folder: String) throws -> [[UInt8]] {
        let here = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(here)/Corpus/\(folder)"
        let directory = try #require(opendir(path), "no folder \(path)")
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".dat") { names.append(name) }
        }
        return try names.sorted().map { name in
            let file = try #require(fopen("\(path)/\(name)", "r"))
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 70_000)
            let count = fread(&bytes, 1, bytes.count, file)
            return Array(bytes[..<count])
        }
    }
}
