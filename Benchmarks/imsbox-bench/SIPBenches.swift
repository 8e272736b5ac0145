import SIP

/// Parsing, forwarding and transactions of one REGISTER.
enum SIPBenches {
    static func run() throws -> [Cost] {
        let bytes = Fixtures.register
        let message = try SIPMessage(bytes)
        return [
            try Measure.cost("SIP: index a REGISTER of \(bytes.count) octets", times: 20_000) {
                try SIPMessage(bytes).headerCount
            },
            Measure.cost("SIP: judge it (mandatory headers, RFC 3261 §16.3)", times: 20_000) {
                if case .message(let judged) = SIPMessage.judge(bytes) { judged.bytes.count } else { 0 }
            },
            Measure.cost("SIP: read branch, tags, CSeq, Call-ID in place", times: 100_000) {
                (message.topViaBranch?.count ?? 0) + (message.fromTag?.count ?? 0) + (message.callIDRange?.count ?? 0)
                    + Int(message.cseqNumber ?? 0)
            },
            try Measure.cost("SIP: index, edit and copy (a proxy hop's text work)", times: 20_000) {
                try forward(bytes).count
            },
            Measure.cost("SIP: life of a server and a client non-INVITE transaction", times: 20_000) {
                transactions(request: bytes, response: Fixtures.granted)
            },
            Measure.cost("SIP: transaction key of a request", times: 100_000) {
                Int(truncatingIfNeeded: message.serverTransactionKey(seed: (1, 2))?.low ?? 0)
            },
            Measure.cost("cross-target: a header looked up by its row", times: 1_000_000) {
                message.has(.securityClient) ? 1 : 0
            },
        ]
    }

    /// What a P-CSCF does to a REGISTER: Via and Path on, Route off, Max-Forwards down, headers of its own.
    private static func forward(_ bytes: [UInt8]) throws -> [UInt8] {
        var edit = SIPEdit(try SIPMessage(bytes))
        edit.prepend(.via, "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK0123456789abcdef")
        edit.removeFirstValue(.route)
        edit.replaceFirstValue(.maxForwards, "69")
        edit.removeAll(.securityClient)
        edit.prepend(.path, "<sip:token@127.0.0.1:5070;lr>")
        edit.append(.pVisitedNetworkID, "\"ims.mnc001.mcc001.3gppnetwork.org\"")
        edit.append(.pChargingVector, "icid-value=\"0123456789abcdef\";orig-ioi=ims.mnc001.mcc001.3gppnetwork.org")
        return edit.serialize()
    }

    /// RFC 3261 §17.2.2 and §17.1.2 from request to the last timer, over UDP.
    private static func transactions(request: [UInt8], response: [UInt8]) -> Int {
        var effects = 0
        var server = NonInviteServerTransaction(isReliable: false, timers: .core)
        effects += server.handle(.start).count
        var client = NonInviteClientTransaction(request: request, isReliable: false, timers: .core)
        effects += client.handle(.start).count
        effects += client.handle(.response(status: 200)).count
        effects += server.handle(.respond(status: 200, response)).count
        effects += client.handle(.timer(.k)).count
        effects += server.handle(.timer(.j)).count
        return effects
    }
}
