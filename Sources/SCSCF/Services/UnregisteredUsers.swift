import IMSCore
import RoleKit

/// What the HSS has said of users who are served though they are not registered, TS 24.229 §5.4.3.3. Kept for a while, so
/// that a request that comes back from an application server finds it, and the next one does not ask again.
struct UnregisteredUsers {
    /// Users remembered; over it all are forgotten, and asked for again.
    static let limit = 10_000
    static let milliseconds = 600_000

    private struct Entry {
        /// As of a registration, without contacts.
        var set: RegistrationSet
        var expiry: Moment
    }

    private var entries: [IMPU: Entry] = [:]

    func set(of user: IMPU, at now: Moment) -> RegistrationSet? {
        entries[user].flatMap { $0.expiry > now ? $0.set : nil }
    }

    mutating func insert(_ profile: UserProfile, _ services: [ServiceCriteria], of user: IMPU, at now: Moment) {
        if entries.count >= Self.limit { entries.removeAll() }
        entries[user] = Entry(
            set: RegistrationSet(id: 0, profile: profile, impus: [], token: "", services: services),
            expiry: now.advanced(byMilliseconds: Self.milliseconds))
    }
}
