import RoleKit

/// Changes made durable, one transaction at a time.
extension IPSMGW {
    /// True once these changes, and all before them, are on the disk.
    func commit(_ changes: [MessageChange]) async -> Bool {
        await withUnsafeContinuation { waiting in
            line.add(changes, waiting)
            writeNext()
        }
    }

    private func writeNext() {
        guard let batch = line.take() else { return }
        start { await $0.write(batch) }
    }

    private func write(_ batch: CommitLine.Batch) async {
        var isDurable = true
        do throws(MessageStoreError) { try await store.commit(batch.held + batch.changes) } catch {
            isDurable = false
            counts.storeFailures += 1
            if complaints.isFirst("store", from: error.detail) {
                ports.log.error("messages not stored", [(.reason, error.detail)])
            }
        }
        line.end(batch, isDurable: isDurable)
        for waiting in batch.waiting { waiting.resume(returning: isDurable) }
        writeNext()
        if line.isOwing && !line.isWriting { writeLater() }
    }

    /// What has to be written is tried again without waiting for the next message.
    private func writeLater() {
        guard !willWrite else { return }
        willWrite = true
        _ = ports.timers.start(afterMilliseconds: 1_000, TimerToken(.role, kind: TimerKind.store.rawValue, id: 0))
    }

    func writeNow() {
        willWrite = false
        guard line.isOwing else { return }
        start { _ = await $0.commit([]) }
    }
}
