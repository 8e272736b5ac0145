import AKA
import Diameter
import RoleKit

/// Vectors to be made for one MAR or AIR.
struct VectorOrder: Sendable {
    enum Purpose: Sendable {
        case ims(MultimediaAuth.Request)
        case eps(ServingNetwork, imsi: String)
    }

    var incoming: IncomingDiameterRequest
    var purpose: Purpose
    var slot: SubscriberDirectory.Slot
    var id: Int64
    var keys: AKAKeys
    var items: Int

    /// What is said where no vector can be made: for EPS that this passes (TS 29.272 §7.4.4.1).
    var failure: CxResult {
        switch purpose {
        case .ims: .unableToComply
        case .eps: .experimental(.authenticationDataUnavailable)
        }
    }
}

/// Authentication vectors and their sequence numbers (TS 33.102 §6.3, TS 29.228 §6.3, TS 29.272 §5.2.3.1): one counter
/// per subscriber for IMS and EPS.
extension HSS {
    /// Answers at once where nothing has to be written first.
    func fulfil(_ order: VectorOrder, after failure: MultimediaAuth.SynchronisationFailure?) {
        if let failure { return start { await $0.reserveAndSend(order, after: failure) } }
        directory.update(order.slot, id: order.id) { $0.resynchronisations = 0 }
        if !send(order) { start { await $0.reserveAndSend(order) } }
    }

    /// Answers at once if the numbers are reserved already, which is the rule; false if they have to be reserved first.
    func send(_ order: VectorOrder) -> Bool {
        var numbers: [UInt64] = []
        var isResynchronising = false
        directory.update(order.slot, id: order.id) { record in
            guard record.sequence.has(order.items) else { return }
            numbers = (0..<order.items).compactMap { _ in record.sequence.take() }
            isResynchronising = record.resynchronisations > 0
        }
        guard numbers.count == order.items else { return false }
        reserve(order)
        do throws(CryptoError) {
            let first =
                switch order.purpose {
                case .ims(let request): try answer(order, request, numbers)
                case .eps(let network, _): try answer(order, network, numbers)
                }
            counts.vectors += numbers.count
            if isResynchronising, let first {
                directory.update(order.slot, id: order.id) { $0.resynchronisingRAND = first.tail }
            }
        } catch {
            ports.log.error("no authentication vector", [(.reason, error.detail)])
            answer(order.incoming, order.failure)
        }
        return true
    }

    /// Sends the MAA; the first vector's RAND is for recognising a repeated resynchronisation.
    private func answer(
        _ order: VectorOrder, _ request: MultimediaAuth.Request, _ numbers: [UInt64]
    ) throws(CryptoError) -> Block128? {
        var vectors = try numbers.map { number throws(CryptoError) in try vector(order.keys, number) }
        answer(order.incoming, .success) { MultimediaAuth.write(vectors, request, to: &$0) }
        for i in vectors.indices { vectors[i].wipe() }
        return vectors.first?.rand
    }

    /// Sends the AIA. RES goes over NAS here, not into a password, so any octet will do.
    private func answer(
        _ order: VectorOrder, _ network: ServingNetwork, _ numbers: [UInt64]
    ) throws(CryptoError) -> Block128? {
        guard let functions else { throw CryptoError.noRandomness }
        var vectors = try numbers.map { number throws(CryptoError) in
            try functions.epsVector(order.keys, rand: try rand(), seq: number, servingNetwork: network)
        }
        answer(order.incoming, .success) { AuthenticationInformation.write(vectors, to: &$0) }
        for i in vectors.indices { vectors[i].wipe() }
        return vectors.first?.rand
    }

    private func vector(_ keys: AKAKeys, _ number: UInt64) throws(CryptoError) -> AuthenticationVector {
        guard let functions else { throw CryptoError.noRandomness }
        guard config.avoidsZeroRES else {
            return try functions.vector(keys, rand: try rand(), seq: number, for: .ims)
        }
        return try functions.zeroFreeVector(keys, seq: number, for: .ims, rand: rand)
    }

    private func rand() throws(CryptoError) -> Block128 {
        guard let rand = Block128(ports.random.bytes(16)) else { throw CryptoError.noRandomness }
        return rand
    }

    /// Widens the reservation behind the answers when half of it is used.
    private func reserve(_ order: VectorOrder) {
        directory.update(order.slot, id: order.id) { record in
            if let base = record.sequence.extensionDue() { add(base, order) }
        }
    }

    private func add(_ base: UInt64, _ order: VectorOrder) {
        let change = StoreChange.sequence(subscriber: order.id, base: base)
        queue.add(CommitQueue.Entry(change: change, slot: order.slot, id: order.id), isUrgent: true)
    }

    /// The slow path: the counter is set by the USIM, or numbers run out faster than they are reserved.
    private func reserveAndSend(
        _ order: VectorOrder, after failure: MultimediaAuth.SynchronisationFailure? = nil
    ) async {
        if let failure, !resynchronise(order, failure) { return answer(order.incoming, order.failure) }
        // The second round is for numbers that others took while we waited.
        for _ in 0..<3 {
            if send(order) { return startWriter() }
            reserve(order)
            if await durable() != nil { break }
        }
        answer(order.incoming, order.failure)
    }

    /// TS 33.102 §6.3.5: whatever AUTS is worth, a fresh vector follows; only a real one moves the counter. Repeated is
    /// one that refuses the vector of the last resynchronisation; an old AUTS said again, by whoever has heard it, is not,
    /// or it would turn the counter back.
    private func resynchronise(_ order: VectorOrder, _ failure: MultimediaAuth.SynchronisationFailure) -> Bool {
        guard let record = directory[order.slot], record.id == order.id, let functions else { return false }
        let outcome: Resynchronisation?
        do throws(CryptoError) {
            outcome = try functions.resynchronise(
                order.keys, rand: failure.rand, auts: failure.auts, lastSEQ: record.sequence.last,
                isRepeated: record.resynchronisations > 0 && failure.rand.tail == record.resynchronisingRAND)
        } catch {
            ports.log.error("AUTS could not be verified", [(.reason, error.detail)])
            return false
        }
        counts.resynchronisations += 1
        directory.update(order.slot, id: order.id) { record in
            record.resynchronisations += 1
            if case .reset(let seq) = outcome { add(record.sequence.reset(to: seq), order) }
        }
        report(outcome, order)
        return outcome != nil
    }

    private func report(_ outcome: Resynchronisation?, _ order: VectorOrder) {
        let (impi, impu) =
            switch order.purpose {
            case .ims(let request): (request.privateIdentity, request.publicIdentity)
            case .eps(_, let imsi): (imsi, "")
            }
        switch outcome {
        case .reset:
            ports.log.notice("sequence number resynchronised", [(.impi, impi), (.clause, "TS 33.102 §6.3.5")])
            ports.tap.event(
                "sequence number resynchronised", impu: impu, impi: impi, callID: "")
        case .inRange:
            ports.log.info("AUTS received, sequence number is in range", [(.impi, impi)])
        case .forged, nil:
            counts.forgedAUTS += 1
            ports.tap.event("AUTS has a wrong MAC-S", impu: impu, impi: impi, callID: "")
            ports.log.warning(
                "AUTS has a wrong MAC-S",
                [
                    (.impi, impi), (.clause, "TS 33.102 §6.3.5"),
                    (.cure, "compare K and OPc with the SIM's; a SIM that knows others reports a MAC failure instead"),
                ])
        }
    }
}

extension Block128 {
    /// The last eight octets.
    fileprivate var tail: UInt64 { UInt64(truncatingIfNeeded: value) }
}
