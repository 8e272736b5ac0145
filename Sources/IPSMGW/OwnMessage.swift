import IMSCore
import RoleKit
import SIP
import SMS

/// MESSAGEs of our own, TS 24.341 §5.3.3.4.2 and §5.3.3.4.3.
extension IPSMGW {
    /// The request as phones expect it (TS 34.229-1 A.7.1): only a contact that can take it, and only one of them.
    func request(to uri: String, callID: String, inReplyTo: String? = nil, _ body: [UInt8]) -> SIPWriter {
        var writer = SIPWriter.request(.message, uri: uri)
        writer.add(.maxForwards, "70")
        writer.add(.from, "<\(config.uri)>;tag=\(Hex.text(ports.random.next()))")
        writer.add(.to, "<\(uri)>")
        writer.add(.callID, callID)
        writer.add(.cseq, "1 MESSAGE")
        writer.add(.pAssertedIdentity, "<\(config.uri)>")
        let icid = charging.next(unixSeconds: ports.clock.unixSeconds)
        writer.add(.pChargingVector, ChargingVector(icid: icid, origIOI: config.common.homeNetwork).description)
        writer.add(.requestDisposition, "no-fork")
        writer.add(.acceptContact, "*;+g.3gpp.smsip;require;explicit")
        if let inReplyTo { writer.add(.inReplyTo, inReplyTo) }
        writer.add(name: "Content-Transfer-Encoding", "binary")
        writer.setBody(body, type: RPMessage.contentType)
        return writer
    }

    /// RP-ACK or RP-ERROR to a phone. What does not reach it is not repeated: it asks again by itself.
    func answer(_ user: Correspondent, to callID: String, _ message: RPMessage) async {
        let own = Hex.text(ports.random.next()) + Hex.text(ports.random.next()) + "@" + config.common.advertise
        let writer = request(to: user.uri, callID: own, inReplyTo: callID, message.encoded(.toMobile))
        let outcome = await send(writer)
        guard case .response(let response) = outcome, response.status < 300 else {
            counts.unanswered += 1
            return ports.tap.event(
                "\(outcome.status): the phone did not take RP message \(message.reference)", impu: user.key, impi: "",
                callID: own)
        }
    }

    /// To the first I-CSCF that answers (RFC 3263 §4.3); the time a request may take is shared evenly.
    func send(_ writer: SIPWriter) async -> SIPOutcome {
        var outcome = SIPOutcome.transportFailed
        for var target in config.entryPoints {
            if config.entryPoints.count > 1 { target.answerWithin = config.timers.times64 / config.entryPoints.count }
            outcome = await sip.request(writer, to: target)
            if case .response(let response) = outcome, response.status != 503 { break }
        }
        return outcome
    }
}
