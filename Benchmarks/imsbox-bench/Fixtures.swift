import LabHarness

/// Messages of a registration as they pass through the core.
enum Fixtures {
    /// A REGISTER of a phone with everything phones put in: 1.25 kB (the project's figures for parsing are for this size).
    static let register: [UInt8] = {
        let subscriber = Subscriber(number: 1)
        let text = """
            REGISTER sip:\(Subscriber.domain) SIP/2.0\r
            Via: SIP/2.0/UDP 10.45.0.2:5060;branch=z9hG4bK-524287-1---d5aa2c5d7ab0d6a3;rport\r
            Max-Forwards: 70\r
            Route: <sip:pcscf.\(Subscriber.domain):5060;lr>\r
            Contact: <sip:\(subscriber.imsi)@10.45.0.2:5060>;+sip.instance="<urn:gsma:imei:35209900-176148-0>";\
            +g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";+g.3gpp.smsip;expires=600000\r
            To: <\(subscriber.impu)>\r
            From: <\(subscriber.impu)>;tag=b4f27a3e\r
            Call-ID: 5eRzM2kVlLcOfkbDXKt0QA..@10.45.0.2\r
            CSeq: 2 REGISTER\r
            Expires: 600000\r
            Allow: INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, MESSAGE, REFER, NOTIFY, INFO, OPTIONS\r
            Supported: path, gruu, sec-agree\r
            Require: sec-agree\r
            Proxy-Require: sec-agree\r
            Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;spi-c=11111;spi-s=22222;\
            port-c=5100;port-s=5101\r
            P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001\r
            User-Agent: Phone/14 (IMS 2.1)\r
            Authorization: Digest username="\(subscriber.impi)",realm="\(Subscriber.domain)",\
            uri="sip:\(Subscriber.domain)",nonce="",response="",algorithm=AKAv1-MD5\r
            Content-Length: 0\r
            \r

            """
        return Array(text.utf8)
    }()

    /// The 200 to it, as the S-CSCF writes it.
    static let granted: [UInt8] = {
        let subscriber = Subscriber(number: 1)
        let text = """
            SIP/2.0 200 OK\r
            Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK0123456789abcdef\r
            Via: SIP/2.0/UDP 10.45.0.2:5060;branch=z9hG4bK-524287-1---d5aa2c5d7ab0d6a3;rport=5060;received=10.45.0.2\r
            To: <\(subscriber.impu)>;tag=7f0c2a\r
            From: <\(subscriber.impu)>;tag=b4f27a3e\r
            Call-ID: 5eRzM2kVlLcOfkbDXKt0QA..@10.45.0.2\r
            CSeq: 2 REGISTER\r
            Path: <sip:token@127.0.0.1:5070;lr>\r
            Service-Route: <sip:orig@scscf.\(Subscriber.domain):6060;lr>\r
            P-Associated-URI: <sip:+\(subscriber.msisdn)@\(Subscriber.domain)>, <tel:+\(subscriber.msisdn)>\r
            Contact: <sip:\(subscriber.imsi)@10.45.0.2:5060>;expires=7200\r
            Content-Length: 0\r
            \r

            """
        return Array(text.utf8)
    }()
}
