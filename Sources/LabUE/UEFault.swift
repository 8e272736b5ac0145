import SIP

/// Why something a UE tried did not work, in plain words, and what to do about it.
public struct UEFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// Final status of the network; nil where there was none.
    public var status: Int?
    public var problem: String
    public var cure: String

    public init(status: Int? = nil, _ problem: String, cure: String) {
        self.status = status
        self.problem = problem
        self.cure = cure
    }

    public var description: String { "\(problem) – \(cure)" }
}

extension UEFault {
    static func needsCard(_ algorithm: String) -> UEFault {
        UEFault(
            "the network challenges with \(algorithm.isEmpty ? "an algorithm this UE does not know" : algorithm)",
            cure: "it takes this user for one with a SIM: give --imsi, --k and --opc instead of --password")
    }

    static let needsPassword = UEFault(
        "the network challenges for a password, not with AKA",
        cure: "the HSS has a password for this user: give --password, or add the SIM with `imsbox subscriber add`")

    static func unknownChallenge(_ what: String) -> UEFault {
        UEFault(
            "the challenge cannot be answered: \(what)",
            cure: "see what the S-CSCF sent with `imsbox trace`")
    }

    /// TS 24.229 §5.1.1.5.3: MAC-A of the challenge is wrong.
    static func macFailure(_ impi: String) -> UEFault {
        UEFault(
            "the network's challenge fails this card's check (MAC failure)",
            cure: "K or OPc differ from the HSS's for \(impi) (or OP was given as OPc): compare them with the SIM's "
                + "data sheet, then `imsbox subscriber add --replace`")
    }

    /// TS 33.203 §6.1.3: a second challenge in a row whose SQN the card refuses.
    static func synchronisation(_ impi: String) -> UEFault {
        UEFault(
            "the HSS's sequence number stays out of the card's range after resynchronisation",
            cure: "two HSSs may share \(impi), or the HSS refuses AUTS because OPc differs: see `imsbox trace`")
    }

    static func noAnswer(_ what: String, _ peer: String) -> UEFault {
        UEFault(
            status: 408, "no answer to \(what) from \(peer)",
            cure: "is the P-CSCF up there? `imsbox status`; another address is given with --pcscf host:port")
    }

    static func unreachable(_ what: String, _ peer: String) -> UEFault {
        UEFault(
            "\(what) could not be sent to \(peer)",
            cure: "nobody listens there on this transport: check --pcscf and --transport, and `imsbox status`")
    }

    /// A refused REGISTER, by status and by whether a challenge had been answered.
    static func registration(_ status: Int, _ reason: String, hasAnswered: Bool, isCard: Bool) -> UEFault {
        let said = "the network refused the registration: \(status) \(reason)"
        let row = Self.cures.first { $0.statuses.contains(status) }
        guard status == 403, hasAnswered else {
            return UEFault(status: status, said, cure: row?.cure ?? "`imsbox trace` shows who refused it and why")
        }
        return UEFault(
            status: status, said,
            cure: isCard
                ? "wrong response: K or OPc differ from the HSS's, or the identity may not register"
                : "wrong response: the password or the realm differs from the HSS's")
    }

    private static let wantsIPsec =
        "the P-CSCF wants IPsec: give --ipsec required, or set `security: preferred` at its listener"

    /// One row a cause; the first that fits counts.
    private static let cures: [(statuses: ClosedRange<Int>, cure: String)] = [
        (
            401...401,
            "the network challenges again and again: another HSS, or two UEs with this identity, may be at work"
        ),
        (
            403...404,
            "the HSS does not know this subscriber or its domain: `imsbox subscriber list`, "
                + "and check --imsi and --domain"
        ),
        (405...405, "what answers there is no P-CSCF of ours: check --pcscf"),
        (420...420, "what answers there does not do IPsec: leave --ipsec out, or give --ipsec preferred"),
        (421...421, wantsIPsec),
        (
            494...494,
            "the P-CSCF has none of the algorithms offered: --ipsec-algorithms offers others, `algorithms:` at its "
                + "listener accepts others"
        ),
        (480...480, "no S-CSCF can serve the user: `imsbox peers` shows whether the HSS is reachable"),
        (500...504, "something behind the P-CSCF is away: `imsbox status` and `imsbox peers` show what"),
    ]

    /// A refused call or message.
    public static func refused(_ what: String, _ status: Int, _ reason: String? = nil) -> UEFault {
        let cure =
            switch status {
            case 403: "the caller is not registered here, or barred: `imsbox registrations`"
            case 404: "nobody has that number or address: `imsbox subscriber list`"
            case 405: "this core does not carry \(what)s yet"
            case 408: "the other side did not answer in time"
            case 480: "the called user is known but not registered: `imsbox registrations`"
            case 486, 600: "the called user is busy"
            case 603: "the called user declined"
            default: "`imsbox trace` shows who refused it and why"
            }
        return UEFault(
            status: status, "the \(what) was refused: \(status) \(reason ?? SIPReason.phrase(status))", cure: cure)
    }
}
