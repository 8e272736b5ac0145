import RoleKit

extension CommonSettings {
    /// The SIP sockets these keys ask for.
    var endpoints: [InstancePlan.Endpoint] { kinds.map { InstancePlan.Endpoint(address: address, kind: $0) } }
}

extension DiameterSettings {
    /// The Diameter sockets these keys ask for.
    var endpoints: [InstancePlan.Endpoint] { listen.map { InstancePlan.Endpoint(address: $0, kind: .tcp) } }
}
