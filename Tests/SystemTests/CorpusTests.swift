import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// The torture messages of RFC 4475 and RFC 5118 on a socket of the P-CSCF. What each must be answered is tested
    /// beside the parser; here: no answer grants anything, and the next good request works.
    @Suite("Corpora on sockets")
    struct Corpora {
        static let messages: [URL] = ["rfc4475", "rfc5118"].flatMap { name -> [URL] in
            let folder = Product.root.appendingPathComponent("Tests/Corpus/\(name)")
            let files =
                (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
            return files.filter { $0.pathExtension == "dat" }.sorted { $0.path < $1.path }
        }

        @Test("Both corpora are here")
        func complete() {
            #expect(Self.messages.count == 61)
        }

        @Test("RFC 4475, RFC 5118: each message over UDP, then a good request")
        func datagrams() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1)
                for file in Self.messages {
                    let stranger = try Socket(.datagram, on: lab.addresses.ue(900), port: 5060)
                    try stranger.send(Array(Data(contentsOf: file)), to: lab.pcscf)
                    let next = try phone.exchange(phone.register())
                    try #require(next.status == 401, "after \(file.lastPathComponent): \(next.startLine)")
                    while let bytes = try stranger.receive(by: Deadline(seconds: 0)) {
                        guard let reply = SIPText(bytes), reply.status >= 200 else { continue }
                        // OPTIONS grants nothing: a proxy may answer one that came this far (RFC 3261 §16.3 step 3).
                        if reply.value("CSeq")?.hasSuffix("OPTIONS") == true { continue }
                        try #require(reply.status >= 300, "to \(file.lastPathComponent): \(reply.startLine)")
                    }
                }
                try #require(phone.attempt().last?.status == 200)
            }
        }

        @Test("RFC 4475, RFC 5118: each message on a TCP connection of its own, then a good request")
        func streams() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(2)
                for file in Self.messages {
                    let stream = try Socket(.stream, on: lab.addresses.ue(900))
                    try stream.connect(to: lab.pcscf)
                    try stream.write(Array(Data(contentsOf: file)))
                    let next = try phone.exchange(phone.register())
                    try #require(next.status == 401, "after \(file.lastPathComponent): \(next.startLine)")
                }
                try #require(phone.attempt().last?.status == 200)
            }
        }
    }
}
