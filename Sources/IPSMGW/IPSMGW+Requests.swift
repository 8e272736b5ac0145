import RoleKit
import SIP
import SMS

/// What comes in over ISC.
extension IPSMGW {
    static let allowed = "MESSAGE, REGISTER"

    func receive(_ incoming: IncomingRequest) {
        switch incoming.message.method {
        case .ack: break
        case .options:
            sip.answerOptions(incoming, names: ownNames, options: [], allowed: Self.allowed, isProxy: false)
        case .message, .register:
            guard trust.contains(incoming.flow.remote) else { return refuseStranger(incoming) }
            if incoming.message.method == .register { register(incoming) } else { receiveMessage(incoming) }
        default: sip.respond(incoming, 405) { $0.add(.allow, Self.allowed + ", OPTIONS") }
        }
    }

    private var ownNames: [String] {
        [config.common.homeNetwork] + ((try? SIPURI(parsing: config.uri)).map { [$0.host] } ?? [])
    }

    /// TS 24.341 §5.3.3.4: by the relay layer's message.
    private func receiveMessage(_ incoming: IncomingRequest) {
        let message = incoming.message
        if let refusal = message.refusalByUserAgent(supporting: [], accepting: [RPMessage.contentType]) {
            return sip.respond(incoming, refusal.status) { writer in
                for header in refusal.headers { writer.add(header.id, header.value) }
            }
        }
        guard let sender = Correspondent(message, home: config.common.homeNetwork) else {
            return refuse(incoming, 403, "no P-Asserted-Identity")
        }
        do throws(SMSFault) {
            let relayed = try RPMessage(message.body, .fromMobile)
            if isDraining, case .data = relayed { return sip.respond(incoming, 503) }
            start { await $0.receive(relayed, incoming, sender) }
        } catch {
            guard let reference = RPMessage.referenceToRefuse(message.body) else {
                return refuse(incoming, 400, error.detail)
            }
            sip.respond(incoming, 202)
            counts.refused += 1
            let callID = message.callID ?? ""
            ports.tap.event(
                "RP-ERROR \(reference), \(error.cause): \(error.detail)", impu: sender.key, impi: "", callID: callID)
            let answer = RPMessage.error(reference: reference, cause: error.cause, userData: nil)
            start { await $0.answer(sender, to: callID, answer) }
        }
    }

    private func receive(_ relayed: RPMessage, _ incoming: IncomingRequest, _ sender: Correspondent) async {
        switch relayed {
        case .data(let reference, _, let userData):
            await submit(.init(incoming: incoming, sender: sender, reference: reference, userData: userData))
        case .ack(let reference, _): await receiveReport(incoming, sender, reference: reference, .accepted)
        case .error(let reference, let cause, _):
            await receiveReport(incoming, sender, reference: reference, DeliveryOutcome(cause: cause))
        case .memoryAvailable(let reference): await receiveMemoryAvailable(incoming, sender, reference: reference)
        }
    }

    private func refuse(_ incoming: IncomingRequest, _ status: Int, _ reason: String) {
        counts.refused += 1
        ports.tap.event(
            "IP-SM-GW refused: \(status), \(reason)", impu: "", impi: "", callID: incoming.message.callID ?? "")
        sip.respond(incoming, status)
    }

    /// 403 to whom nobody has named: what an S-CSCF asserts is believed here. It is forgotten at once.
    private func refuseStranger(_ incoming: IncomingRequest) {
        counts.refused += 1
        let source = incoming.flow.remote
        let method = incoming.message.method.name
        sip.turnAway(incoming, 403)
        ports.tap.event(
            "403: a \(method) of a stranger, \(source)", impu: "", impi: "", callID: incoming.message.callID ?? "")
        guard complaints.isFirst("stranger", from: source.host) else { return }
        ports.log.warning(
            "request of a stranger refused",
            [
                (.status, "403"), (.method, method), (.peer, source.description),
                (.cure, "if it is an S-CSCF of your network, add its host to `hosts:` of this IP-SM-GW's file"),
            ])
    }
}
