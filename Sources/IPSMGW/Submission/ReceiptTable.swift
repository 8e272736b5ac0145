import SIP
import SMS

/// Submissions of the last minutes, so that one that comes again is known: a retransmission that a restart has made look
/// new, or a phone that has not heard our RP-ACK and tries once more (TS 24.011 §6.3.1, TR1M).
struct ReceiptTable {
    /// When each was accepted.
    private var times: [String: Int64] = [:]
    /// In the order they came.
    private var order: [SubmissionReceipt] = []
    private var first = 0
    private let seconds: Int64

    /// Receipts kept at most; the oldest go early.
    static let most = 300_000

    init(seconds: Int, _ receipts: [SubmissionReceipt] = []) {
        self.seconds = Int64(seconds)
        for receipt in receipts { insert(receipt) }
    }

    var count: Int { times.count }

    /// What a submission is known by.
    struct Keys {
        /// Under which it is filed.
        let all: [String]
        /// Under which it may have come before.
        let sought: [String]
    }

    /// What makes a submission the same: sender, Call-ID and CSeq; or sender, RP- and TP-Message-Reference, and all of the
    /// message. A phone that sets TP-Reject-Duplicates says that it may be a repetition: its RP-Message-Reference may then
    /// be new (TS 23.040 §9.2.3.25); the flag itself does not count.
    static func keys(
        callID: String, cseq: UInt32, sender: String, reference: UInt8, userData: [UInt8]
    ) -> Keys {
        var octets = userData
        let rejectsDuplicates = (octets.first ?? 0) & 0x04 != 0
        if let first = octets.first { octets[0] = first & ~0x04 }
        let text = Hex.encode(octets)
        let usual = ["c:\(sender):\(callID):\(cseq)", "d:\(sender):\(reference):\(text)"]
        let all = usual + ["r:\(sender):\(text)"]
        return Keys(all: all, sought: rejectsDuplicates ? all : usual)
    }

    /// When the submission of one of these keys was accepted.
    func time(of keys: [String], now: Int64) -> Int64? {
        keys.lazy.compactMap { times[$0] }.first { $0 + seconds >= now }
    }

    mutating func insert(_ receipt: SubmissionReceipt) {
        times[receipt.key] = receipt.acceptedAt
        order.append(receipt)
        if times.count > Self.most { dropFirst() }
    }

    mutating func remove(_ keys: [String]) { for key in keys { times[key] = nil } }

    /// Lets those go whose time is over; the second up to which they went, if any did.
    mutating func expire(now: Int64) -> Int64? {
        var last: Int64?
        while first < order.count, order[first].acceptedAt + seconds < now {
            last = order[first].acceptedAt
            dropFirst()
        }
        return last
    }

    private mutating func dropFirst() {
        guard first < order.count else { return }
        let receipt = order[first]
        if times[receipt.key] == receipt.acceptedAt { times[receipt.key] = nil }
        first += 1
        guard first > 1_024, first * 2 > order.count else { return }
        order.removeFirst(first)
        first = 0
    }
}
