import SIP

/// How far a request may fork on its whole way, RFC 5393 §5: without it two users who forward to each other's contacts
/// make one request into thousands before Max-Forwards ends it.
extension SIPStack {
    /// What a request without Max-Breadth counts as, and more is not granted (§5.3.3).
    static let longestBreadth = 60

    /// Branches the request may have at a time, here and behind us.
    func breadth(of request: SIPMessage) -> Int {
        guard request.has(.maxBreadth), let asked = (try? request.integer(.maxBreadth)) ?? nil else {
            return Self.longestBreadth
        }
        return max(0, min(asked, Self.longestBreadth))
    }

    /// Gives one of `count` branches its share; all shares together are what the request may have.
    ///
    /// Deviation: a request that is not forked and says nothing gets no header. Whoever forks it first counts it as
    /// `longestBreadth`, so nothing is lost, and most requests are never forked.
    func shareBreadth(_ branch: Int, of count: Int, _ request: SIPMessage, _ edit: inout SIPEdit) {
        guard count > 1 || request.has(.maxBreadth) else { return }
        let all = breadth(of: request)
        edit.set(.maxBreadth, String(all / count + (branch < all % count ? 1 : 0)))
    }
}
