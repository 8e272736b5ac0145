/// The realm routing table, RFC 6733 §2.7 and §6.1.6: which neighbours lead to a realm, best first.
public struct RealmTable: Sendable {
    public struct Route: Sendable, Hashable {
        public var realm: String
        /// nil serves every application.
        public var application: UInt32?
        public var peer: String
        public var metric: Int

        public init(realm: String, application: UInt32?, peer: String, metric: Int) {
            self.realm = realm
            self.application = application
            self.peer = peer
            self.metric = metric
        }
    }

    /// One neighbour to try. Hops of equal rank share the load.
    public struct Hop: Sendable, Hashable {
        /// Host, in lower case.
        public var peer: String
        /// Rank from 0: metrics within the realm's own routes, then within the default routes.
        public var rank: Int
    }

    private let routes: [Route]
    private let defaults: [Route]

    public init(routes: [Route], defaults: [(peer: String, metric: Int)]) {
        self.routes = routes.map {
            Route(
                realm: $0.realm.lowercased(), application: $0.application, peer: $0.peer.lowercased(), metric: $0.metric
            )
        }
        self.defaults = defaults.map {
            Route(realm: "", application: nil, peer: $0.peer.lowercased(), metric: $0.metric)
        }
    }

    /// The neighbours for requests to `realm`, best first: routes of this application, routes of the realm for any
    /// application, then default routes; lower metrics before higher, equal ones in the order they were written.
    public func hops(realm: String, application: UInt32) -> [Hop] {
        if routes.isEmpty && defaults.isEmpty { return [] }
        let realm = realm.lowercased()
        let own = routes.filter { $0.realm == realm && $0.application == application }
        let any = routes.filter { $0.realm == realm && $0.application == nil }
        var hops: [Hop] = []
        for group in [own, any, defaults] { append(group, to: &hops) }
        return hops
    }

    private func append(_ routes: [Route], to hops: inout [Hop]) {
        var rank = (hops.last?.rank ?? -1) + 1
        var metric: Int?
        // Sorting by (metric, position) keeps the written order of equals.
        let ordered = routes.enumerated().sorted { ($0.element.metric, $0.offset) < ($1.element.metric, $1.offset) }
        for (_, route) in ordered where !hops.contains(where: { $0.peer == route.peer }) {
            if let last = metric, last != route.metric { rank += 1 }
            metric = route.metric
            hops.append(Hop(peer: route.peer, rank: rank))
        }
    }
}
