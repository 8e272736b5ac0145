import RoleKit
import SIP

/// The user part of our Record-Route URI, by which a request in a dialog shows that the dialog was made here.
///
/// Neighbours of the trust domain are not asked for it. Others may have a dialog with a user of ours all the same: a
/// network that `hosts:` does not name has called one. Nothing is kept for a dialog here, so it has to bring what we gave
/// it. The value is keyed with a secret of this run, so nobody can make one up, and holds for one Call-ID, so none can be
/// carried into another dialog.
///
/// Both ends of a dialog read it, and a Route is the sender's own to write. So what a stranger sends goes only where calls
/// go, to the topmost Path of a registered contact: a P-CSCF takes a dialog by its own Record-Route alone. Any host that
/// is believed would be too much, since an I- or S-CSCF follows whatever Route it gets from us. After a restart of ours
/// the value proves nothing any more; what comes from `hosts:` still passes.
///
/// Where a stranger has called, a second value names its host, so that the called user's requests get back to it: a P-CSCF
/// is believed, but the Route it passes on is a UE's to write, and leads to no other stranger.
struct DialogProof: Sendable {
    private let seed: (UInt64, UInt64)
    private let callerSeed: (UInt64, UInt64)

    init(_ random: any Randomness) {
        seed = (random.next(), random.next())
        callerSeed = (random.next(), random.next())
    }

    /// The user part for the dialog this request makes; `caller`: the stranger the request has come from.
    func text(for message: SIPMessage, caller: SocketAddress?) -> String {
        tag(message) + (caller.map { tag(message, $0) } ?? "")
    }

    /// Whether one of the Route values that named us was written by us for the dialog of this request.
    func holds(for message: SIPMessage, _ own: [SIPURI]) -> Bool {
        let tag = tag(message)
        return own.contains { $0.user?.hasPrefix(tag) == true }
    }

    /// The same, and whether a stranger on this host has made the dialog.
    func holds(for message: SIPMessage, _ own: [SIPURI], caller: SocketAddress) -> Bool {
        let text = text(for: message, caller: caller)
        return own.contains { $0.user == text }
    }

    private func tag(_ message: SIPMessage, _ caller: SocketAddress? = nil) -> String {
        var hash = KeyHash(seed: caller == nil ? seed : callerSeed)
        hash.add(message.bytes, message.callIDRange ?? 0..<0)
        if let caller {
            hash.add(caller.high)
            hash.add(caller.low)
        }
        return Hex.text(hash.finish().high, digits: 16)
    }
}
