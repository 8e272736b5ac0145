/// The choice among the final responses of a fork (RFC 3261 §16.7 step 6).
enum BestResponse {
    /// One branch's final response; the local ones stand for a time-out (408) or a transport failure (503, §16.9).
    struct Candidate: Equatable {
        var branch: Int
        var status: Int
        var isLocal = false
        /// When it came, relative to the others.
        var order: Int
    }

    /// 6xx above all, else the lowest class; within 4xx those that tell the client how to try again; 503 last in 5xx,
    /// since forwarding it would say that this proxy can serve nobody. Ties go to the one that came first.
    static func choose(_ candidates: [Candidate]) -> Candidate? {
        candidates.min { rank($0) < rank($1) }
    }

    private static func rank(_ candidate: Candidate) -> (Int, Int, Int) {
        let isGlobal = candidate.status >= 600
        return (isGlobal ? 0 : candidate.status / 100, preference(candidate), candidate.order)
    }

    private static func preference(_ candidate: Candidate) -> Int {
        switch candidate.status {
        case 401, 407, 415, 420, 484: 0
        case 408: candidate.isLocal ? 3 : 2
        case 503: candidate.isLocal ? 3 : 2
        default: 1
        }
    }
}
