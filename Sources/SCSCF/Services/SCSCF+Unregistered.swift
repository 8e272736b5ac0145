import Diameter
import IMSCore
import RoleKit
import SIP

/// Services of users who are not registered, TS 24.229 §5.4.3.2 and §5.4.3.3.
extension SCSCF {
    /// A request for, or an application server's on behalf of, a user without a registration: the HSS says which services
    /// there are all the same. Only elements of the network make us ask it.
    func serveUnregistered(
        _ incoming: IncomingRequest, _ routing: RequestRouting, _ user: IMPU, _ sessionCase: SessionCase
    ) {
        guard believes(incoming.flow.remote) else { return refuseUnregistered(incoming, user, sessionCase) }
        start { await $0.askAndServe(incoming, routing, user, sessionCase) }
    }

    private func askAndServe(
        _ incoming: IncomingRequest, _ routing: RequestRouting, _ user: IMPU, _ sessionCase: SessionCase
    ) async {
        defer { finishDraining() }
        let assigned = await unregistered(user)
        // Meanwhile it may have registered; then the HSS has refused to have it as not registered.
        if registrar.set(of: user) != nil {
            return sessionCase.isOriginating ? originate(incoming, routing) : terminate(incoming, routing)
        }
        guard let set = assigned, let entry = set.profile.entry(of: user) else {
            return refuseUnregistered(incoming, user, sessionCase)
        }
        guard !entry.isBarred else {
            return refuse(incoming, sessionCase.isOriginating ? 403 : 404, "the identity is barred", impu: user.text)
        }
        let chain = ServiceChain(sessionCase: sessionCase, user: user)
        serve(ServedRequest(incoming: incoming, routing: routing, chain: chain))
    }

    /// SAR with UNREGISTERED_USER, unless it was asked lately. TS 29.228 §6.1.2
    private func unregistered(_ user: IMPU) async -> RegistrationSet? {
        if let known = unregisteredUsers.set(of: user, at: ports.clock.now) { return known }
        let answer = await serverAssignment(
            .unregisteredUser, impi: nil, impu: user, hasProfile: false, hss: nil)
        guard case .success(let assigned) = answer, let profile = assigned.profile else { return nil }
        let (shared, services) = catalogue.intern(profile) { noteExpression($0) }
        unregisteredUsers.insert(shared, services, of: user, at: ports.clock.now)
        return unregisteredUsers.set(of: user, at: ports.clock.now)
    }

    private func refuseUnregistered(_ incoming: IncomingRequest, _ user: IMPU, _ sessionCase: SessionCase) {
        if sessionCase.isOriginating {
            refuse(incoming, 403, "the originating user is not registered", impu: user.text)
        } else {
            refuse(incoming, 480, "not registered", impu: user.text)
        }
    }
}
