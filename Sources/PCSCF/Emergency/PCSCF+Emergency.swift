import IMSCore
import RoleKit
import SIP

/// Emergency requests, TS 24.229 §5.2.10: taken before registration, identity or route are looked at, and answered by
/// help or by where to find it.
extension PCSCF {
    /// Takes a request over if it is an emergency request; false leaves it to §5.2.6.3.
    func screenEmergency(_ incoming: IncomingRequest) -> Bool {
        let message = incoming.message
        guard message.method != .ack, let uri = try? message.requestURI() else { return false }
        let contact = (try? message.contacts())?.first?.address?.uri
        guard let service = config.emergency.screening.service(message.method, uri, contact: contact) else {
            return false
        }
        ports.log.notice(
            "emergency request",
            [(.method, message.method.name), (.to, uri.description), (.callID, message.callID ?? "")])
        if let route = config.emergency.route {
            let isNumber = uri.scheme != "urn"
            start { pcscf in await pcscf.help(incoming, service, route, replacesURI: isNumber) }
        } else {
            referElsewhere(incoming, service)
        }
        return true
    }

    /// On to where help is, §5.2.10.2 to §5.2.10.4. A user that is not registered has no identity asserted.
    private func help(
        _ incoming: IncomingRequest, _ service: String, _ route: EmergencyRoute, replacesURI: Bool
    ) async {
        let registration = registrant(of: incoming)
        calls.began(incoming.message, unixSeconds: ports.clock.unixSeconds)
        let change = EmergencyEdit(
            requestURI: route.isLoose ? (replacesURI ? service : nil) : route.uri,
            route: route.isLoose ? "<\(route.uri)>" : nil,
            identity: registration.flatMap {
                OriginatorIdentity.asserted(incoming.message, associated: $0.associatedURIs)
            },
            chargingVector: chargingVector(),
            dialogRoute: dialogRoute(incoming.message.method, incoming.flow, listener: incoming.listener))
        let target = SIPTarget(address: route.address, kind: route.kind, listener: coreListener)
        let crossing = crossing(incoming.listener)
        let outcome = await stack.forward(incoming, to: [target]) {
            change.apply(to: &$0, crossing)
        } relaying: { response, edit in
            self.calls.answered(response, unixSeconds: self.ports.clock.unixSeconds)
            crossing.leave(&edit)
        }
        switch outcome {
        case .response(let response):
            stack.relay(incoming, response) {
                self.calls.answered(response, unixSeconds: self.ports.clock.unixSeconds)
                crossing.leave(&$0)
            }
        // Nobody there to help: the UE must hear of the other way, not of a time-out.
        case .timeout, .transportFailed:
            calls.failed(incoming.message)
            referElsewhere(incoming, service)
        }
    }

    /// 380 Alternative Service, §5.2.10.4. The identity asserted is the value of our Path, by which the UE knows whom to
    /// believe (§5.1.3.1); the Contact names the service it has dialled.
    private func referElsewhere(_ incoming: IncomingRequest, _ service: String) {
        let own = stack.advertised(coreListener)
        let asserted = registrant(of: incoming).map { "<sip:\($0.token)@\(own);lr>" } ?? "<sip:\(own)>"
        ports.tap.event(
            "380: emergency request: no route is configured", impu: "", impi: "",
            callID: incoming.message.callID ?? "")
        stack.respond(incoming, 380) {
            $0.add(.pAssertedIdentity, asserted)
            $0.add(.contact, "<\(service)>")
            $0.setBody(config.emergency.alternative.xml, type: AlternativeService.contentType)
        }
    }
}

/// The changes to an emergency request on its way to help, TS 24.229 §5.2.10.
struct EmergencyEdit {
    /// Nil: it stays.
    var requestURI: String?
    var route: String?
    var identity: String?
    var chargingVector: String
    var dialogRoute: DialogRoute?

    func apply(to edit: inout SIPEdit, _ crossing: GmCrossing) {
        crossing.enter(&edit)
        if let requestURI { edit.setRequestURI(requestURI) }
        edit.removeAll(.route)
        if edit.message.has(.pPreferredIdentity) { edit.removeAll(.pPreferredIdentity) }
        if let route { edit.append(.route, route) }
        if let identity { edit.append(.pAssertedIdentity, "<\(identity)>") }
        edit.append(.pChargingVector, chargingVector)
        dialogRoute?.record(in: &edit, towardUE: false)
    }
}
