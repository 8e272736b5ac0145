import Foundation
import IPSMGW
import Store
import Testing

/// Messages on the disk.
@Suite struct DatabaseTests {
    private func inPlace(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sms-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.appendingPathComponent("ipsmgw.sqlite").path)
    }

    private static let first = StoredMessage(
        id: 1, recipient: "tel:+15550000002", origin: "tel:+15550000001", tpdu: [4, 0, 255], acceptedAt: 1_700_000_000,
        expiresAt: 1_700_172_800, token: "1-ab", report: .init(reference: 200, destination: [1, 0x91, 0xF1]))
    private static let second = StoredMessage(
        id: 2, recipient: "sip:b@x", origin: "sip:a@x", tpdu: [], acceptedAt: 5, expiresAt: 6, token: "2-cd")

    @Test("What was committed is there after a restart, in order, with attempts, reports and receipts; the rest is not")
    func kept() async throws {
        try await inPlace { path in
            do {
                let store = try ShortMessageDatabase(path: path)
                #expect(try store.open() == StoredMessages())
                try await store.commit([
                    .added(Self.second), .added(Self.first), .received(SubmissionReceipt(key: "c:1", acceptedAt: 10)),
                    .received(SubmissionReceipt(key: "c:2", acceptedAt: 20)),
                ])
                try await store.commit([
                    .sent(id: 1, attempts: 3, at: 1_700_000_100), .removed(id: 2), .forgotten(before: 10),
                    .removed(id: 9),
                ])
                try store.close()
            }
            let store = try ShortMessageDatabase(path: path)
            var expected = Self.first
            expected.attempts = 3
            expected.sentAt = 1_700_000_100
            let found = try store.open()
            #expect(found.messages == [expected])
            #expect(found.receipts == [SubmissionReceipt(key: "c:2", acceptedAt: 20)])
        }
    }

    @Test("The file is its owner's alone, and one gateway's at a time")
    func claimed() async throws {
        try await inPlace { path in
            let store = try ShortMessageDatabase(path: path)
            _ = try store.open()
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(throws: MessageStoreError.self) { try ShortMessageDatabase(path: path) }
            try await store.commit([.added(Self.first)])
        }
    }

    @Test("A file that is no database, or of a newer version, is refused with what to do")
    func foreign() async throws {
        try await inPlace { path in
            _ = try ShortMessageDatabase(path: path)
            try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: path))
            try? FileManager.default.removeItem(atPath: path + "-wal")
            try? FileManager.default.removeItem(atPath: path + "-shm")
            #expect(throws: MessageStoreError.self) { try ShortMessageDatabase(path: path) }
        }
    }
}
