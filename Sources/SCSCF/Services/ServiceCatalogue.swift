import IMSCore

/// The lists of filter criteria of the users registered here, each kept once: what an operator gives everybody is the same
/// for everybody, and compiled expressions are large.
struct ServiceCatalogue {
    /// Different lists that are shared; over it those not in use any more are forgotten first.
    static let limit = 256

    private var lists: [[InitialFilterCriterion]: ServiceCriteria] = [:]

    /// The criteria of each service profile of a user, and the profile with its lists shared; no criteria for a user who
    /// has none at all.
    ///
    /// - Parameter fault: hears of an expression that cannot be read, once for each list.
    mutating func intern(
        _ profile: UserProfile, fault: (String) -> Void
    ) -> (UserProfile, [ServiceCriteria]) {
        guard profile.serviceProfiles.contains(where: { !$0.initialFilterCriteria.isEmpty }) else {
            return (profile, [])
        }
        var profile = profile
        var services: [ServiceCriteria] = []
        for index in profile.serviceProfiles.indices {
            let criteria = criteria(profile.serviceProfiles[index].initialFilterCriteria, fault)
            profile.serviceProfiles[index].initialFilterCriteria = criteria.criteria
            services.append(criteria)
        }
        return (profile, services)
    }

    private mutating func criteria(
        _ list: [InitialFilterCriterion], _ fault: (String) -> Void
    ) -> ServiceCriteria {
        if let known = lists[list] { return known }
        // Users keep theirs; whoever registers next makes a new one.
        if lists.count >= Self.limit { lists.removeAll() }
        let made = ServiceCriteria(list)
        for text in made.faults { fault(text) }
        lists[list] = made
        return made
    }
}

extension RegistrationSet {
    /// The criteria of the service profile an identity is in; nil where there are none.
    func services(of impu: IMPU) -> ServiceCriteria? {
        guard !services.isEmpty else { return nil }
        // Nearly every user has one profile.
        let index =
            services.count == 1
            ? 0
            : profile.serviceProfiles.firstIndex { profile in
                profile.publicIdentities.contains { IMPU($0.identity) == impu }
            }
        guard let index, services.indices.contains(index) else { return nil }
        return services[index].criteria.isEmpty ? nil : services[index]
    }
}
