import IMSCore
import RoleKit

/// Whether the phone's REGISTERs get here and the answers get back.
extension SubscriberCheck {
    static var phone: [Sentence] {
        [
            Sentence("no CSCF here") { facts in
                guard facts.edge == nil else { return nil }
                return .warning(
                    "no CSCF of ours answers here, so what the phone said is not known",
                    cure: "start the core (make run), or run it where the P-CSCF is, with its --state-dir")
            },
            Sentence("seen") { facts in
                guard let last = facts.attempts.last else { return nil }
                return .ok("its last REGISTER came \(facts.ago(last.lastTime)) from \(last.source) by \(last.link)")
            },
            Sentence("registered before the trace") { facts in
                guard facts.registration != nil else { return nil }
                return .ok("it is registered from before what the trace remembers")
            },
            Sentence("forgotten") { facts in
                guard facts.forgotten > 0 else { return nil }
                return .warning(
                    "no REGISTER of it is remembered, but \(facts.forgotten) older messages are forgotten",
                    cure: "have the phone try again (flight mode on and off), or keep more: imsbox up --trace 50000")
            },
            Sentence("another SIM tries") { facts in
                guard let other = facts.others.last(where: { !$0.isGranted }) else { return nil }
                return .wrong(
                    "nothing has come from \(facts.asked), but \(other.user) tries from \(other.source.host) and is not "
                        + "registered",
                    cure: "is that the SIM in the phone? then ask for it: imsbox doctor \(other.user)")
            },
            Sentence("nothing came") { facts in
                .wrong(
                    "no REGISTER of \(facts.asked) has reached the core", cure: unheard(facts.text("mme").isEmpty))
            },
        ]
    }

    /// In the order in which it is worth looking.
    private static func unheard(_ isAttachUnknown: Bool) -> String {
        (isAttachUnknown ? "is it attached (the MME's log)? " : "")
            + "does its subscription have the APN (DNN) ims, and does the EPC give the P-CSCF's address there "
            + "(Open5GS: `p-cscf:` in smf.yaml)? is VoLTE on in the phone? does the phone's carrier configuration know "
            + "the network? The last two are the phone's, not the core's: instances/femto.md says what each kind needs"
    }

    /// Which network the phone takes itself to be of, TS 23.003 §13.2.
    static var network: [Sentence] {
        [
            Sentence("length of the MNC") { facts in
                guard let last = facts.chain.last, last.domain != facts.home, let imsi = facts.imsi,
                    let theirs = [2, 3].first(where: { PLMN(imsi: imsi, mncDigits: $0)?.homeDomain == last.domain }),
                    let ours = [2, 3].first(where: { PLMN(imsi: imsi, mncDigits: $0)?.homeDomain == facts.home })
                else { return nil }
                return .wrong(
                    "the phone takes \(theirs) digits of its IMSI for the MNC, the home network has \(ours): it registers "
                        + "at \(last.domain), not at \(facts.home)",
                    cure: "write \(ours) into the fourth byte of EF_AD on the SIM (TS 31.102 §4.2.18), or "
                        + "`home-network: \(last.domain)` and its host names into all files")
            },
            Sentence("another home network") { facts in
                guard let last = facts.chain.last, !last.domain.isEmpty, last.domain != facts.home, !last.isGranted
                else { return nil }
                return .wrong(
                    "the phone registers at \(last.domain), the home network is \(facts.home)",
                    cure:
                        "write what the phone asks for into `home-network:` of all files and into their host names, or "
                        + "give the SIM another IMSI")
            },
        ]
    }

    static var way: [Sentence] {
        [
            Sentence("NAT") { facts in
                guard let last = facts.attempts.last, last.role == .pcscf, let own = last.own,
                    own != last.source.with(port: 0)
                else { return nil }
                let words =
                    "the phone calls itself \(own.host), and its REGISTER comes from \(last.source.host): there is NAT on "
                    + "the IMS APN"
                let cure =
                    "take masquerading off the phones' addresses and give this host a route to them: "
                    + exemption(own, to: last.place)
                return last.offers.isEmpty
                    ? .warning(words, cure: cure) : .wrong(words + ", which IPsec does not get through", cure: cure)
            },
            Sentence("no route") { facts in
                guard case .none(let reason) = facts.route, let phone = facts.address else { return nil }
                return .wrong(
                    "this host has no route to the phone at \(phone.host) (\(reason))",
                    cure: "ip \(phone.family == .v4 ? "" : "-6 ")route add \(pool(phone)) via the host with the tunnel "
                        + "(Open5GS: where ogstun is)")
            },
            Sentence("answers do not arrive") { facts in
                guard facts.isDeaf, let last = facts.attempts.last, let answer = last.answer else { return nil }
                var hint = ""
                if case .gateway(let interface, let gateway, isDefault: true) = facts.route {
                    hint = "; its packets leave by the default route, \(gateway) on \(interface): is the phone there?"
                }
                return .wrong(
                    "the phone says its REGISTER again although it was answered (\(answer.status)): what the P-CSCF sends "
                        + "does not reach \(last.source.host)" + hint,
                    cure: "look at route and firewall between here and the phone: tcpdump -ni any host "
                        + last.source.host)
            },
        ]
    }

    /// A phone's packets to the P-CSCF keep their address.
    private static func exemption(_ phone: SocketAddress, to place: SocketAddress) -> String {
        (phone.family == .v4 ? "iptables" : "ip6tables") + " -t nat -I POSTROUTING -s \(pool(phone))"
            // Where addresses change their family the P-CSCF's is another one inside.
            + (phone.family == place.family ? " -d \(place.host)" : "") + " -j ACCEPT"
    }

    /// The network phones have their addresses from, as people make it: /16 in IPv4. Of IPv6 what is this phone's alone,
    /// a /64 (TS 23.401 §5.3.1.2.2). Without bits of the host, which `ip route` does not take.
    private static func pool(_ phone: SocketAddress) -> String {
        var network = phone
        network.low = phone.family == .v4 ? phone.low & 0xFFFF_0000 : 0
        return "\(network.host)/\(phone.family == .v4 ? 16 : 64)"
    }
}

extension SubscriberFacts {
    /// Where the phone is, as far as is known.
    var address: SocketAddress? {
        attempts.last?.source ?? registration?["source"]?.text.flatMap { SocketAddress(endpoint: $0) }
    }
}
