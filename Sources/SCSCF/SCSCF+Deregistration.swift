import Diameter
import IMSCore
import RoleKit
import SIP

/// De-registration, TS 24.229 §5.4.1.4, and the end of a binding's time.
extension SCSCF {
    /// The UE takes bindings away. The HSS is told when its last one goes; what it says does not keep the UE registered.
    func deregister(
        _ incoming: IncomingRequest, _ request: RegisterRequest, _ change: ContactChange, _ proof: String?
    ) async {
        let set = registrar.set(of: request.impu)
        let left = set?.bindings(of: request.impi).filter { !change.removed.contains($0.serial) } ?? []
        if left.isEmpty {
            await notifyHSS(.userDeregistration, impi: request.impi, impu: request.impu, hss: set?.hss)
        }
        for serial in change.removed { unbind(serial, .unregistered) }
        if left.isEmpty { authentication.setSession(nil, of: request.impi) }
        let answer = acknowledge(incoming, request, proof)
        if let set { registrationChanged(set.id) }
        report(request, left.isEmpty ? "de-registered" : "contact removed")
        guard let set else { return }
        // Whoever has contacts left is still registered, perhaps for a shorter time.
        let rest = registrar.sets[set.id]
        inform(
            RegistrationChange(
                type: rest == nil ? .deRegistration : .reRegistration, set: rest ?? set, impu: request.impu,
                request: incoming.message, response: answer))
    }

    /// 481: there is no such binding. Where the user has none here at all the HSS may still think so, and is told.
    func refuseUnknownBinding(_ incoming: IncomingRequest, _ request: RegisterRequest) async {
        stack.respond(incoming, 481)
        report(request, "de-registration of an unknown contact")
        guard registrar.set(of: request.impu) == nil else { return }
        await notifyHSS(.userDeregistration, impi: request.impi, impu: request.impu, hss: nil)
    }

    /// A binding's timer has fired; a REGISTER that came before may have renewed it.
    func expire(binding serial: UInt64) async {
        guard let binding = registrar.binding(serial), let set = registrar.set(ofBinding: serial),
            binding.expiry <= ports.clock.now
        else { return }
        unbind(serial, .expired)
        registrationChanged(set.id)
        let usable = set.impus.first { impu in set.profile.entry(of: impu)?.isBarred == false }
        guard let impu = usable ?? set.impus.first else { return }
        ports.tap.event("registration expired", impu: impu.text, impi: binding.impi.text, callID: binding.callID)
        ports.log.info(
            "registration expired",
            [(.impu, impu.text), (.impi, binding.impi.text), (.callID, binding.callID)])
        if registrar.sets[set.id] == nil {
            inform(RegistrationChange(type: .deRegistration, set: set, impu: binding.impu))
        }
        guard registrar.set(of: impu)?.bindings(of: binding.impi).isEmpty ?? true else { return }
        authentication.setSession(nil, of: binding.impi)
        await notifyHSS(.timeoutDeregistration, impi: binding.impi, impu: impu, hss: set.hss)
    }
}
