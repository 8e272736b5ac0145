import RoleKit
import SIP

/// Requests of a registered UE outside of any dialog (TS 24.229 §5.1.2A.1).
extension Fleet {
    /// Sends a text (RFC 3428) and gives the status of its answer.
    public func message(_ index: Int, to: String, text: String) async -> (status: Int, reason: String) {
        messageSerial += 1
        let number = messageSerial
        return await wait(
            { event in
                guard case .messageAnswered(number, let status, let reason) = event else { return nil }
                return (status, reason)
            },
            begin: { sendMessage(index, to: to, text: text, number) })
    }

    private func sendMessage(_ index: Int, to: String, text: String, _ number: UInt64) {
        guard phones.indices.contains(index) else {
            return tell(.messageAnswered(number, status: 503, reason: "no such UE"))
        }
        var writer = request(.message, index, to: to, callID: newID())
        writer.setBody(Array(text.utf8.prefix(FleetLimits.messageBytes)), type: "text/plain;charset=UTF-8")
        let size = writer.finish().count
        guard let target = way(index, size: size), let id = stack.send(writer, to: target) else {
            return tell(.messageAnswered(number, status: 503, reason: "not sent"))
        }
        requests[id] = .message(number, phone: index)
    }

    /// RFC 3428 §7: 200 means it has been shown.
    func receiveMessage(_ request: IncomingRequest) {
        stack.respond(request, 200)
        let from = (try? request.message.address(.pAssertedIdentity)) ?? (try? request.message.from())
        tell(
            .message(
                phone: layout.phone(of: request.listener), from: from?.uri.description ?? "",
                text: String(decoding: request.message.body, as: UTF8.self)))
    }

    /// An INVITE with an offer (RFC 3261 §13.2.1, TS 24.229 §5.1.3.1).
    func invite(_ index: Int, to: String, callID: String) -> SIPWriter {
        var writer = request(.invite, index, to: to, callID: callID)
        writer.add(.contact, "<\(phones[index].contactURI)>\(Phone.features)")
        writer.add(.pPreferredService, "urn:urn-7:3gpp-service.ims.icsi.mmtel")
        writer.add(.acceptContact, "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"")
        writer.add(.accept, SessionDescription.contentType)
        if config.requires100rel { writer.add(.require, "100rel") }
        let supported = config.requires100rel ? options.filter { $0 != "100rel" } : options
        if !supported.isEmpty { writer.add(.supported, supported.joined(separator: ", ")) }
        // No bearer for media is there before the call is (IR.92 §2.4.1).
        let qos = config.hasPreconditions ? SessionDescription.QoS(isReserved: false, peerIsReserved: false) : nil
        addOffer(to: &writer, index, version: 1, qos)
        return writer
    }

    func addOffer(to writer: inout SIPWriter, _ index: Int, version: Int, _ qos: SessionDescription.QoS?) {
        let place = mediaPlace(index)
        writer.setBody(
            SessionDescription.offer(
                host: place.host, isV6: place.isV6, port: place.port, session: place.session, version: version, qos),
            type: SessionDescription.contentType)
    }

    /// Head of a request that may begin a dialog: preloaded Route is the P-CSCF, then what REGISTER's Service-Route said
    /// (TS 24.229 §5.1.2A.1.1).
    func request(_ method: SIPMethod, _ index: Int, to: String, callID: String) -> SIPWriter {
        let phone = phones[index]
        var writer = SIPWriter.request(method, uri: to)
        writer.add(.route, proxyRoute(phone.security?.current))
        for route in phone.registration.grant?.serviceRoute ?? [] { writer.add(.route, route) }
        writer.add(.maxForwards, "70")
        writer.add(.from, "<\(phone.publicIdentity)>;tag=\(newTag())")
        writer.add(.to, "<\(to)>")
        writer.add(.callID, callID)
        writer.add(.cseq, "1 \(method.name)")
        writer.add(.pPreferredIdentity, "<\(phone.publicIdentity)>")
        writer.add(.allow, Phone.allow)
        addVerification(&writer, index)
        writer.add(.userAgent, "imsbox-ue")
        return writer
    }
}
