import IPsec

/// Why a UE has no security association.
extension UEFault {
    static let needsAddress = UEFault(
        "IPsec needs to know the UE's address", cure: "give the one the P-CSCF reaches it at with --local")

    static let needsCardForIPsec = UEFault(
        "IPsec takes its keys from a SIM, and this user has a password",
        cure: "leave --ipsec out, or give --imsi, --k and --opc")

    /// The network granted a registration it never challenged.
    static let unprotected = UEFault(
        "the network registered the UE without a challenge, and so without IPsec",
        cure: "what answers there is no P-CSCF with IMS AKA: check --pcscf, or leave --ipsec out")

    static func kernel(_ failure: XFRMFailure) -> UEFault {
        let cure =
            switch failure.kind {
            case .notPermitted:
                "IPsec needs CAP_NET_ADMIN: run it as root, e.g. `ip netns exec ue1 imsbox ue …`, or leave --ipsec out"
            case .exists:
                "the P-CSCF and the UE must not share one network namespace: run the UE in one of its own, "
                    + "`ip netns exec ue1 imsbox ue …`"
            case .unsupported, .absent:
                "load the modules xfrm_user, esp4, esp6 and authenc, on the host if this is a container, or offer other "
                    + "--ipsec-algorithms"
            case .other: "`ip xfrm state` and `ip xfrm policy` show what the kernel has; `--ipsec off` goes without"
            }
        return UEFault("the kernel has no security association for the UE: \(failure.text)", cure: cure)
    }

    static func agreement(_ refusal: UESecurity.Refusal) -> UEFault {
        switch refusal {
        case .notOffered:
            UEFault(
                status: 401, "the challenge offers no IPsec (no Security-Server)",
                cure: "set `security: preferred` or `required` at the P-CSCF's listener, or leave --ipsec out")
        case .nothingInCommon(let text):
            UEFault(
                status: 401, "nothing the P-CSCF offers was asked for: Security-Server is \(text.prefix(200))",
                cure: "offer what it has with --ipsec-algorithms")
        }
    }
}
