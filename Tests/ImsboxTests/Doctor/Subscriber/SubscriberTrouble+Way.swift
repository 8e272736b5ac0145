import AKA
import IPsec
import LabWorld
import RoleKit
import Tap
import TestSupport
import Testing

@testable import imsbox

extension SubscriberTrouble {
    static let way: [SubscriberTrouble] = [
        SubscriberTrouble("only the HSS runs here", fine + ["no CSCF here"], ["make run"]) {
            var ward = try Ward()
            _ = try ward.core.subscribe(1)
            ward.absent = [.pcscf, .icscf, .scscf]
            return ward.facts()
        },
        SubscriberTrouble(
            "nothing ever came", fine + ["nothing came"],
            ["APN (DNN) ims", "`p-cscf:` in smf.yaml", "VoLTE", "the phone's, not the core's"]
        ) {
            let ward = try Ward()
            _ = try ward.core.subscribe(1)
            return ward.facts()
        },
        SubscriberTrouble(
            "another SIM is in the phone", fine + ["another SIM tries"],
            ["001010000000077 tries from 10.45.0.7", "imsbox doctor 001010000000077"]
        ) {
            let ward = try Ward()
            let wanted = try ward.core.subscribe(1)
            var other = wanted
            other.impi = "001010000000077@\(CoreWorld.home)"
            other.impu = "sip:\(other.impi)"
            let ue = try ward.core.ue(other, host: 7)
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble("a stranger's name is a command: it is not repeated", fine + ["nothing came"]) {
            let ward = try Ward()
            let wanted = try ward.core.subscribe(1)
            var other = wanted
            other.impi = "$(reboot)@\(CoreWorld.home)"
            other.impu = "sip:\(other.impi)"
            let ue = try ward.core.ue(other, host: 7)
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble("much has happened since", fine + ["forgotten"], ["older messages are forgotten", "--trace"])
        {
            var ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            let other = try ward.core.ue(ward.core.subscribe(2), host: 2)
            try other.registerWithAKA()
            ward.core.world.advance(milliseconds: 300_000)
            ward.ring = .init(entries: 4, bytes: 1 << 20)
            return ward.facts()
        },
        SubscriberTrouble(
            "registered long ago", fine + ["registered before the trace", "registered"], ["10.45.0.1:5090"]
        ) {
            let ward = try Ward()
            try ward.core.ue(ward.core.subscribe(1)).registerWithAKA()
            for node in [ward.core.pcscfNode, ward.core.icscfNode, ward.core.hssNode] + ward.core.scscfNodes {
                node.tap.clear()
            }
            return ward.facts()
        },
        SubscriberTrouble(
            "the SIM says its MNC has three digits", fine + ["seen", "length of the MNC"],
            ["takes 3 digits", "the home network has 2", "ims.mnc010.mcc001.3gppnetwork.org", "EF_AD"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.move(to: "ims.mnc010.mcc001.3gppnetwork.org")
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble(
            "NAT, and a phone that does without IPsec", fine + ["seen", "NAT", "registered"],
            [
                "the phone calls itself 192.168.9.9", "10.45.0.1: there is NAT on the IMS APN",
                "iptables -t nat -I POSTROUTING -s 192.168.0.0/16 -d 10.0.1.1 -j ACCEPT",
            ]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.viaHost = "192.168.9.9:5060"
            try ue.registerWithAKA()
            return ward.facts()
        },
        SubscriberTrouble(
            "NAT, and a phone with IPsec: its ESP does not come", fine + ["seen", "NAT", "no ESP comes"],
            ["which IPsec does not get through"]
        ) {
            let ward = try Ward.secure()
            let secure = try ward.secureUE()
            secure.ue.viaHost = "192.168.9.9:5060"
            secure.ue.register(authorization: secure.ue.initialAuthorization, extra: secure.agreement())
            ward.core.world.advance(milliseconds: 6_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "answers are lost, and the phone asks again", fine + ["seen", "answers do not arrive"],
            ["(401)", "default route, 10.0.0.254 on eth0", "tcpdump"]
        ) {
            var ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ward.core.world.faults.rule = { $0.to == ue.address ? .lose : nil }
            var said = ""
            ue.carry = { [unowned ue] text in
                said = text
                ue.outlet.send(text, to: ue.pcscf)
            }
            ue.register(authorization: ue.initialAuthorization)
            // RFC 3261 §17.1.2.1, timer E toward a UE.
            for _ in 0..<3 {
                ward.core.world.advance(milliseconds: 2_000)
                ue.outlet.send(said, to: ue.pcscf)
            }
            ward.core.world.advance(milliseconds: 5_000)
            ward.route = .gateway(interface: "eth0", host: "10.0.0.254", isDefault: true)
            return ward.facts()
        },
        // What makes such a route is in SystemTests: there is none in a world without a kernel.
        SubscriberTrouble(
            "no route to the phone", fine + ["seen", "no route", "challenge not answered"],
            [
                "no route to the phone at 10.45.0.1", "Network is unreachable",
                "→ ip route add 10.45.0.0/16 via the host with the tunnel",
            ]
        ) {
            var ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            ward.core.world.advance(milliseconds: 6_000)
            ward.route = .none("Network is unreachable")
            return ward.facts()
        },
    ]

    static let ipsec: [SubscriberTrouble] = [
        SubscriberTrouble(
            "IPsec is required, and the phone offers none", fine + ["seen", "no offer, IPsec required"],
            ["421", "`security: preferred`"]
        ) {
            let ward = try Ward.secure(required: true)
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble(
            "the phone insists on algorithms the file has not", fine + ["seen", "nothing in common"],
            ["offers hmac-md5-96/des-ede3-cbc, of which", "`ipsec: algorithms`"]
        ) {
            let ward = try Ward.secure(algorithms: ["hmac-sha-1-96/aes-cbc"])
            let secure = try ward.secureUE(suites: ["hmac-md5-96/des-ede3-cbc"])
            try secure.begin()
            return ward.facts()
        },
        SubscriberTrouble(
            "the phone can IPsec with algorithms the file has not, and goes silent without",
            fine + ["seen", "offer not taken"], ["offers hmac-md5-96/des-ede3-cbc, none of which"]
        ) {
            let ward = try Ward.secure(algorithms: ["hmac-sha-1-96/aes-cbc"])
            let secure = try ward.secureUE(suites: ["hmac-md5-96/des-ede3-cbc"])
            try secure.begin(extra: "Supported: sec-agree\r\nSecurity-Client: \(secure.offer)\r\n")
            ward.core.world.advance(milliseconds: 6_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "the P-CSCF has no IPsec, and the phone goes silent", fine + ["seen", "offer not taken"],
            ["no ESP in the kernel, no CAP_NET_ADMIN, loopback"]
        ) {
            let ward = try Ward()
            let secure = try ward.secureUE()
            try secure.begin()
            ward.core.world.advance(milliseconds: 6_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "ESP is blocked on the way", fine + ["seen", "no ESP comes"], ["no ESP packet", "IP protocol 50"]
        ) {
            let ward = try Ward.secure()
            let secure = try ward.secureUE()
            ward.core.world.faults.rule = { flight in
                guard case .sealed = flight.passage else { return nil }
                return .lose
            }
            let challenge = try #require(try secure.begin())
            try answer(try secure.takeChallenge(challenge), secure)
            ward.core.world.advance(milliseconds: 6_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "ESP comes, and what is in it is no REGISTER", fine + ["seen", "no ESP comes"],
            ["1 ESP packets have come and no REGISTER in them"]
        ) {
            let ward = try Ward.secure()
            let secure = try ward.secureUE()
            _ = try secure.takeChallenge(try #require(try secure.begin()))
            secure.ue.outlet.send("\r\n\r\n", to: secure.ue.pcscf)
            ward.core.world.advance(milliseconds: 6_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "phone and P-CSCF have different algorithms in use", fine + ["seen", "ESP is thrown away"],
            ["the kernel has thrown 1 packets away", "integrity check"]
        ) {
            let ward = try Ward.secure()
            let secure = try ward.secureUE()
            let challenge = try #require(try secure.begin())
            let other = try #require(IPsecSuite("hmac-md5-96/null"))
            try answer(try secure.takeChallenge(challenge, suite: other), secure)
            ward.core.world.advance(milliseconds: 6_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "something changes the phone's offer", fine + ["seen", "agreement broken"],
            ["403 Security-Client Has Changed", "ALG"]
        ) {
            let ward = try Ward.secure()
            let secure = try ward.secureUE()
            let challenge = try #require(try secure.begin())
            _ = try secure.answer(challenge, client: secure.offer.replacingAll("spi-c=", with: "spi-c=1"))
            return ward.facts()
        },
    ]

    /// The REGISTER that answers a challenge, over the set it has made; whether anything comes back is not asked.
    private static func answer(_ card: USIM.Answer, _ secure: SecureUE) throws {
        guard case .authenticated(let res, _, _) = card else { throw SickPhone.refuses }
        let digest = try #require(secure.ue.challenge)
        secure.ue.register(
            authorization: try secure.ue.respond(digest, res),
            extra: secure.agreement(client: secure.securityClient, verify: secure.securityServer))
    }
}

enum SickPhone: Error { case refuses }
