import HSS
import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import imsbox

extension SubscriberTrouble {
    static let answers: [SubscriberTrouble] = [
        SubscriberTrouble(
            "the public identity is another subscriber's", fine + ["seen", "identities of two subscribers"],
            ["001010000000002", "ISIM"]
        ) {
            let ward = try Ward()
            var mixed = try ward.core.subscribe(1)
            mixed.impu = try ward.core.subscribe(2).impu
            let ue = try ward.core.ue(mixed)
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble(
            "a visited network that is not allowed", fine + ["seen", "roaming not allowed"], ["`visited-networks:`"]
        ) {
            let ward = try Ward {
                $0.visitedNetworks = ["friends.example.org"]
                $0.pcscf = [("visited-network", .text("others.example.org"))]
            }
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble("the HSS is down", ["no HSS here", "seen", "HSS away"], ["480", "imsbox peers"]) {
            var ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ward.core.kill(.hss)
            ward.absent = [.hss]
            ue.register(authorization: ue.initialAuthorization)
            _ = ue.waitForFinal(milliseconds: 30_000)
            return ward.facts()
        },
        SubscriberTrouble("the S-CSCF is down", fine + ["seen", "S-CSCF away"], ["504", "`scscf:`"]) {
            var ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ward.core.kill(.scscf)
            ward.absent = [.scscf]
            ue.register(authorization: ue.initialAuthorization)
            _ = ue.waitForFinal(milliseconds: 40_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "no `hosts:` names the P-CSCF", fine + ["seen", "P-CSCF is a stranger"], ["403", "`hosts:` of icscf.yaml"]
        ) {
            let ward = try Ward { $0.knowsPCSCF = false }
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble(
            "a REGISTER no phone sends", fine + ["seen", "refused"],
            ["420 Bad Extension", "imsbox trace 001010000000001"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization, extra: "Proxy-Require: telepathy\r\n")
            return ward.facts()
        },
    ]

    static let registration: [SubscriberTrouble] = [
        SubscriberTrouble(
            "registered, and then nothing", fine + ["seen", "no SUBSCRIBE"],
            ["has not subscribed", "a software client"]
        ) {
            let ward = try Ward()
            try ward.core.ue(ward.core.subscribe(1)).registerWithAKA()
            ward.core.world.advance(milliseconds: 11_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "as it should be", fine + ["seen", "registered"], ["registered for another 7189 s from 10.45.0.1:5090"]
        ) {
            let ward = try Ward()
            let phone = try CallWorld.phone(1, in: ward.core)
            _ = phone.initial("SUBSCRIBE", to: phone.uri, extra: ["Event: reg", "Expires: 600000"])
            ward.core.world.advance(milliseconds: 11_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "with IPsec, as it should be", fine + ["seen", "registered"], ["IPsec hmac-sha-1-96/aes-cbc"]
        ) {
            let ward = try Ward.secure()
            try ward.secureUE().register()
            return ward.facts()
        },
        SubscriberTrouble(
            "the phone may not watch what it asks for", fine + ["seen", "SUBSCRIBE refused"], ["was refused: 403"]
        ) {
            let ward = try Ward()
            let phone = try CallWorld.phone(1, in: ward.core)
            let other = try ward.core.subscribe(2)
            _ = phone.initial(
                "SUBSCRIBE", to: "sip:+\(other.msisdn)@\(CoreWorld.home)", extra: ["Event: reg", "Expires: 600000"])
            ward.core.world.advance(milliseconds: 11_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "the S-CSCF has been started anew", fine + ["seen", "lost at the S-CSCF"], ["as after a restart", "flight"]
        ) {
            let ward = try Ward { $0.pcscf = [("subscribe-reg", .text("false"))] }
            try ward.core.ue(ward.core.subscribe(1)).registerWithAKA()
            ward.core.kill(.scscf)
            try ward.core.revive(.scscf)
            return ward.facts()
        },
        SubscriberTrouble(
            "flight mode", fine + ["seen", "de-registered by the phone"],
            ["de-registered itself 7 s ago", "flight mode"]
        ) {
            let ward = try Ward()
            let phone = try CallWorld.phone(1, in: ward.core)
            try phone.deregister()
            ward.core.world.advance(milliseconds: 7_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "the phone has left without a word", fine + ["seen", "expired"],
            ["registration expired", "coverage or power"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            try ue.registerWithAKA()
            ward.core.world.advance(milliseconds: 7_260_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "an application server that is not there, and phones do without",
            fine + ["seen", "application server away"],
            ["sip:10.0.3.9:5065, no answer", "`services:` of hss.yaml"]
        ) { try served(.sessionContinued) },
        SubscriberTrouble(
            "an application server that is not there, and must be",
            fine + ["seen", "ended for an application server"],
            ["since an application server did not take it: sip:10.0.3.9:5065", "`default-handling: continue`"]
        ) { try served(.sessionTerminated) },
        SubscriberTrouble(
            "the network ends the registration", fine + ["seen", "ended by the network"],
            ["registration ended by the network: deactivated", "imsbox trace"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            try ue.registerWithAKA()
            var ward2 = ward
            try end(ward.core)
            // Of what the S-CSCF still thinks nothing is asked: it is the network that ended it.
            ward2.absent = [.scscf]
            return ward2.facts()
        },
    ]

    /// With a service whose server nobody has started.
    private static func served(_ handling: ApplicationServer.DefaultHandling) throws -> SubscriberFacts {
        let trigger = ServicePointTrigger(groups: [0], condition: .method("REGISTER"))
        let criterion = InitialFilterCriterion(
            priority: 1, triggerPoint: TriggerPoint(isConjunctive: false, triggers: [trigger]),
            applicationServer: ApplicationServer(serverName: "sip:10.0.3.9:5065", defaultHandling: handling))
        let ward = try Ward {
            $0.services = [OperatorService(name: "absent", criterion: criterion)]
            $0.hasTCP = false
        }
        try ward.core.ue(ward.core.subscribe(1)).registerWithAKA()
        ward.core.world.advance(milliseconds: 20_000)
        return ward.facts()
    }

    /// A NOTIFY as the S-CSCF sends it when it ends a registration (TS 24.229 §5.4.1.5).
    private static func end(_ core: CoreWorld) throws {
        let told = try #require(core.sent(by: core.scscfNodes[0], containing: "NOTIFY sip").last)
        let parts = told.replacingAll("\r\n\r\n", with: "\u{1}").split(separator: "\u{1}", maxSplits: 1)
        let body = String(parts[1]).replacingAll("version=\"0\"", with: "version=\"1\"")
            .replacingAll("state=\"active\"", with: "state=\"terminated\"")
            .replacingAll("event=\"created\"", with: "event=\"deactivated\"")
            .replacingAll("event=\"registered\"", with: "event=\"deactivated\"")
        let message = try SIPMessage(Array(told.utf8))
        let address = SocketAddress(10, 0, 9, 1, port: 5060)
        let puppet = try Puppet(core.world, at: address, listensTCP: false, name: "network")
        var lines: [Substring] = []
        for line in parts[0].split(separator: "\r\n") {
            if line.hasPrefix("Via:") {
                lines.append("Via: SIP/2.0/UDP \(address);branch=z9hG4bKend")
            } else if line.hasPrefix("CSeq:") {
                lines.append("CSeq: \(try message.cseq().number + 1) NOTIFY")
            } else if line.hasPrefix("Content-Length:") {
                lines.append("Content-Length: \(body.utf8.count)")
            } else {
                lines.append(line)
            }
        }
        let uri = try #require(try message.requestURI().sip)
        puppet.send(
            lines.joined(separator: "\r\n") + "\r\n\r\n" + body,
            to: CoreWorld.pcscfAddress.with(port: UInt16(uri.port ?? 5060)))
        core.world.settle()
        withExtendedLifetime(puppet) {}
    }
}
