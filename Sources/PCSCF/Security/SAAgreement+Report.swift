import IPsec
import RoleKit
import SIP

/// A set as it is written down for the time after a restart: all but its keys, which the kernel has.
struct KeptSet: Equatable {
    var agreement: SAAgreement
    var entry: SALifecycle.Entry

    static func == (a: KeptSet, b: KeptSet) -> Bool { a.agreement.id == b.agreement.id && a.entry == b.entry }
}

extension KeptSet {
    /// - Parameter epoch: Unix time in milliseconds at moment 0 of the clock the entry's times are of.
    func report(epoch: Int) -> Report {
        .object([
            ("id", .number(Int(agreement.id))), ("user", .text(agreement.user)),
            ("suite", .text(agreement.set.suite.description)), ("owner", .number(Int(agreement.set.owner))),
            ("ue", Self.side(agreement.set.ue)), ("pcscf", Self.side(agreement.set.pcscf)),
            ("server", .list(agreement.server.mechanisms.map { .text($0.description) })),
            ("offer", .list(agreement.offer.map { .text($0.description) })),
            ("phase", .text(entry.phase.rawValue)), ("initial", .flag(entry.isInitial)), ("used", .flag(entry.isUsed)),
            ("begun", .number(entry.begun + epoch)), ("end", .number(entry.end + epoch)),
        ])
    }

    /// Unix times in milliseconds that are believed: none overflows what is reckoned with it.
    private static let times = 0...(1 << 48)

    /// Nil for what is no set.
    init?(_ report: Report, epoch: Int) {
        guard let id = report["id"]?.number.flatMap(UInt32.init(exactly:)), let user = report["user"]?.text,
            let suite = report["suite"]?.text.flatMap({ IPsecSuite($0) }),
            let owner = report["owner"]?.number.flatMap(UInt32.init(exactly:)), let ue = Self.side(report["ue"]),
            let pcscf = Self.side(report["pcscf"]), ue.host.isV6 == pcscf.host.isV6,
            let phase = report["phase"]?.text.flatMap(SALifecycle.Phase.init(rawValue:)),
            let begun = report["begun"]?.number, let end = report["end"]?.number,
            Self.times.contains(begun), Self.times.contains(end), id == pcscf.endpoints.serverSPI
        else { return nil }
        agreement = SAAgreement(
            id: id, user: user, set: SASet(ue: ue, pcscf: pcscf, suite: suite, owner: owner),
            server: SecurityServer(
                (report["server"]?.elements ?? []).compactMap(\.text).compactMap { SecurityMechanism(parsing: $0) }),
            offer: (report["offer"]?.elements ?? []).compactMap(\.text).compactMap { SecurityMechanism(parsing: $0) })
        entry = SALifecycle.Entry(
            id: id, phase: phase, isInitial: report["initial"] == .flag(true), isUsed: report["used"] == .flag(true),
            begun: begun - epoch, end: end - epoch)
    }

    private static func side(_ side: SASet.Side) -> Report {
        let ends = side.endpoints
        return .object([
            ("host", .text(SocketAddress(side.host, port: 0).host)),
            (
                "ends",
                .list(
                    [Int(ends.clientSPI), Int(ends.serverSPI), Int(ends.clientPort), Int(ends.serverPort)].map {
                        .number($0)
                    })
            ),
        ])
    }

    private static func side(_ report: Report?) -> SASet.Side? {
        let ends = report?["ends"]?.elements.compactMap(\.number) ?? []
        guard let host = report?["host"]?.text.flatMap({ SocketAddress($0, port: 0) }), ends.count == 4,
            let clientSPI = UInt32(exactly: ends[0]), let serverSPI = UInt32(exactly: ends[1]),
            let clientPort = UInt16(exactly: ends[2]), let serverPort = UInt16(exactly: ends[3])
        else { return nil }
        return SASet.Side(
            host: host.hostAddress,
            endpoints: .init(
                clientSPI: clientSPI, serverSPI: serverSPI, clientPort: clientPort, serverPort: serverPort))
    }
}
