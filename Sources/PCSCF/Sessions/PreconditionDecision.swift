import SIP

/// What a listener does about QoS preconditions (RFC 3312), for phones that insist on them where nothing reserves
/// anything: no PCRF, no dedicated bearer, media on the default bearer.
public enum PreconditionMode: String, CaseIterable, Sendable {
    /// Nothing is looked at: descriptions and option tags pass byte for byte.
    case pass
    /// Both sides are told that this UE's access has what it needs.
    case assist
    /// Neither side hears of preconditions.
    case strip
}

/// Where a message is headed when it crosses Gm.
enum GmHeading: Sendable { case fromUE, toUE }

/// What becomes of the lines and option tags of RFC 3312 where a message crosses Gm: mode by heading by line.
///
/// **`assist`** speaks of the one access this P-CSCF knows, its UE's, and says of it that media go both ways. That access
/// is `local` in a description from the UE and `remote` in one to it (RFC 3312 §4: seen by whom it is from), so those
/// lines of `curr:qos` become `sendrecv`, whatever they said. The other access is for the P-CSCF over there to speak of;
/// where both are ours, both are met from the first offer on, and the called phone rings at once. Wishes (`des`) stay:
/// they are met now, and each phone's to make. `conf` stays: a phone that asks to be told is told by the UPDATE it asks
/// for. `e2e` stays: it says something of the other access, too (TS 24.229 §6.1.2 has UEs write segmented ones). What a
/// phone writes is not held against it later: the same line is changed the same way each time, so no state is kept and a
/// restart changes nothing in the middle of a call.
///
/// A request's `Require: precondition` becomes `Supported`. RFC 3312 §11 has it where a wish is mandatory, and a phone
/// without preconditions would answer 420; since the wish is met nothing is left to require, and TS 24.229 §5.1.3.1 has
/// UEs write `Supported` in the first place. Such a phone answers without lines, and none are added for it: the caller
/// goes on as with every peer without preconditions.
///
/// **`strip`** is for phones that believe nobody but their own modem about their own access. The option tag leaves
/// Require and Supported, and with it every line of every precondition type, since the tag is one for all of them
/// (RFC 3312 §11, RFC 5027 §3): the callee has a call without preconditions and rings, and the caller that offered them,
/// or insisted, has an answer without, which RFC 3264 §6 lets it take: it is what a peer without preconditions sends. It
/// is not refused with 420: that asks the phone for a second INVITE to the same end, and not all send one.
///
/// The origin's version (`o=`) stays as it is in both. It is counted by whom the description is from (RFC 3264 §8): one
/// of ours would collide with the phone's next. It still tells the truth: a description that is sent again is changed to
/// the same again, and one that differs only in what is changed here comes with a higher version and no difference, which
/// §8 allows.
///
/// Bodies other than a whole session description (multipart, coded) pass untouched.
enum PreconditionDecision {
    static let optionTag = "precondition"
    /// What a direction that is met says (RFC 3312 §4).
    static let met = "sendrecv"

    static func change(
        _ line: PreconditionLine, _ mode: PreconditionMode, _ heading: GmHeading
    ) -> SDPChange {
        switch (mode, line.kind, line.status, heading) {
        case (.pass, _, _, _): .keep
        case (.strip, _, _, _): .drop
        case (.assist, .current, .local, .fromUE) where line.isQoS: .replace(line.direction, met)
        case (.assist, .current, .remote, .toUE) where line.isQoS: .replace(line.direction, met)
        case (.assist, _, _, _): .keep
        }
    }

    /// What becomes of the option tag in a header of a message.
    enum TagChange: Equatable, Sendable { case keep, drop, add }

    /// - Parameter isRequired: whether Require had it.
    static func tag(
        in header: HeaderID, _ mode: PreconditionMode, isRequest: Bool, isRequired: Bool
    ) -> TagChange {
        switch (mode, header) {
        case (.strip, _): .drop
        case (.assist, .require) where isRequest: .drop
        case (.assist, .supported) where isRequest && isRequired: .add
        default: .keep
        }
    }
}
