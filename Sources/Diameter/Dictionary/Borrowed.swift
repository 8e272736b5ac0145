/// AVPs of other specifications that Cx groups carry (TS 29.229 §6.3.1, second table).
public enum Borrowed {
    // RFC 7155 §4.4.10: addresses of the access network, in SIP-Auth-Data-Item for NASS bundled authentication.
    public static let framedIPAddress = AVPKey<[UInt8]>("Framed-IP-Address", 8, .ietf, .octetString, [.m])
    public static let framedInterfaceID = AVPKey<UInt64>("Framed-Interface-Id", 96, .ietf, .unsigned64, [.m])
    public static let framedIPv6Prefix = AVPKey<[UInt8]>("Framed-IPv6-Prefix", 97, .ietf, .octetString, [.m])
    // RFC 4740 §9.5, with the codes of RFC 5090: what a SIP Digest answer is computed from.
    public static let digestRealm = AVPKey<String>("Digest-Realm", 104, .ietf, .utf8String, [.m])
    public static let digestQoP = AVPKey<String>("Digest-QoP", 110, .ietf, .utf8String, [.m])
    public static let digestAlgorithm = AVPKey<String>("Digest-Algorithm", 111, .ietf, .utf8String, [.m])
    public static let digestHA1 = AVPKey<String>("Digest-HA1", 121, .ietf, .utf8String, [.m])
    // ETSI TS 183 017.
    public static let lineIdentifier = AVPKey<[UInt8]>("Line-Identifier", 500, .etsi, .octetString, [])

    static let table: [AVPDefinition] = [
        AVPDefinition(framedIPAddress), AVPDefinition(framedInterfaceID), AVPDefinition(framedIPv6Prefix),
        AVPDefinition(digestRealm), AVPDefinition(digestQoP), AVPDefinition(digestAlgorithm),
        AVPDefinition(digestHA1), AVPDefinition(lineIdentifier),
    ]
}
