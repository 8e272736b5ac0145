import AKA
public import RoleKit

/// One subscriber as the HSS has it at this moment, for `imsbox doctor`; never a key.
extension HSS {
    /// - Parameter identity: IMSI, number, private or public identity.
    public func snapshot(of identity: String) -> Report {
        guard let slot = find(identity), let record = directory[slot] else {
            return .object([
                ("known", .flag(false)),
                ("nearest", .list(Digits(identity).map { nearest($0).map { .text("\($0)") } } ?? [])),
            ])
        }
        return report(record)
    }

    func find(_ identity: String) -> SubscriberDirectory.Slot? {
        if let slot = directory.find(imsi: identity) { return slot }
        let number = identity.hasPrefix("+") ? identity.dropFirst() : identity[...]
        if let digits = Digits(number) { return directory.find(publicIdentity: "tel:+\(digits)")?.slot }
        return directory.find(publicIdentity: identity)?.slot ?? directory.find(privateIdentity: identity)
    }

    private func report(_ record: SubscriberRecord) -> Report {
        let (subscriber, registration) = (record.subscriber, record.registration)
        let identities = subscriber.publicIdentities(home: policy.home)
        func names(_ isBarred: Bool) -> Report {
            .list(identities.filter { $0.isBarred == isBarred }.map { .text($0.identity) })
        }
        return .object([
            ("known", .flag(true)), ("imsi", .text(subscriber.imsi.map { "\($0)" } ?? "")),
            ("msisdn", .text(subscriber.msisdn.map { "\($0)" } ?? "")),
            ("impi", .text(subscriber.privateIdentity(home: policy.home))),
            ("impus", names(false)), ("barred", names(true)),
            ("authentication", .text(Self.words(subscriber.authentication))),
            ("state", .text(Self.words(registration.state))), ("s-cscf", .text(registration.serverName ?? "")),
            ("resynchronisations", .number(record.resynchronisations)),
            ("mme", .text(record.mme?.host ?? "")), ("mme realm", .text(record.mme?.realm ?? "")),
            ("purged", .flag(record.mme?.isPurged ?? false)), ("apns", accessPoints(subscriber)),
        ])
    }

    /// What a ULA would give an MME, the default one first.
    private func accessPoints(_ subscriber: Subscriber) -> Report {
        .list(
            config.epsSubscription.accessPoints(of: subscriber).map { _, point in
                .object([("name", .text(point.name)), ("qci", .number(point.qci))])
            })
    }

    private static func words(_ authentication: Subscriber.Authentication) -> String {
        switch authentication {
        case .aka(let keys): "AKA \(keys.algorithm.name)"
        case .sipDigest(let secret): "SIP Digest, realm \(secret.realm)"
        }
    }

    private static func words(_ state: Registration.State) -> String {
        switch state {
        case .registered: "registered"
        case .unregistered: "unregistered"
        case .notRegistered: "not registered"
        }
    }

    // MARK: The one that was meant

    /// Enough of them for people to see which it was.
    private static let mostNearest = 3

    /// Provisioned IMSIs one slip away: a digit wrong, two exchanged, one too many or one missing. Some three hundred
    /// looks into a table, however many subscribers there are.
    private func nearest(_ imsi: Digits) -> [Digits] {
        let digits = Array("\(imsi)")
        var found: [Digits] = []
        for candidate in Self.slips(digits) {
            guard let other = Digits(String(candidate)), other != imsi, !found.contains(other),
                directory.find(imsi: "\(other)") != nil
            else { continue }
            found.append(other)
            if found.count == Self.mostNearest { break }
        }
        return found
    }

    private static func slips(_ digits: [Character]) -> [[Character]] {
        let figures = Array("0123456789")
        let changed = digits.indices.flatMap { place in figures.map { replacing(digits, place..<place + 1, [$0]) } }
        let swapped = digits.indices.dropLast().map { replacing(digits, $0..<$0 + 2, [digits[$0 + 1], digits[$0]]) }
        let longer = (0...digits.count).flatMap { place in figures.map { replacing(digits, place..<place, [$0]) } }
        let shorter = digits.indices.map { replacing(digits, $0..<$0 + 1, []) }
        return changed + swapped + shorter + longer
    }

    private static func replacing(_ digits: [Character], _ range: Range<Int>, _ new: [Character]) -> [Character] {
        var result = digits
        result.replaceSubrange(range, with: new)
        return result
    }
}
