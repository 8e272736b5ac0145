/// Commands between neighbours. RFC 6733 §5.3–5.5
public enum BaseCommands {
    public static let capabilitiesExchange: UInt32 = 257
    public static let deviceWatchdog: UInt32 = 280
    public static let disconnectPeer: UInt32 = 282

    static let table: [CommandRule] = [
        // §5.3.1, §5.3.2. Deviation: a CER without Host-IP-Address, which §5.3.1 demands, is taken. Kamailio's says no
        // address until its own listener is up, and what it would say serves nobody but nodes that use SCTP.
        CommandRule(
            "Capabilities-Exchange", "CE", capabilitiesExchange, Application.base, isProxiable: false,
            request: [
                .one(Base.originHost), .one(Base.originRealm), .any(Base.hostIPAddress), .one(Base.vendorID),
                .one(Base.productName), .maybe(Base.originStateID), .any(Base.supportedVendorID),
                .any(Base.authApplicationID), .any(Base.inbandSecurityID), .any(Base.acctApplicationID),
                .any(Base.vendorSpecificApplicationID), .maybe(Base.firmwareRevision),
            ],
            answer: [
                .one(Base.resultCode), .one(Base.originHost), .one(Base.originRealm), .some(Base.hostIPAddress),
                .one(Base.vendorID), .one(Base.productName), .maybe(Base.originStateID), .maybe(Base.errorMessage),
                .maybe(Base.failedAVP), .any(Base.supportedVendorID), .any(Base.authApplicationID),
                .any(Base.inbandSecurityID), .any(Base.acctApplicationID), .any(Base.vendorSpecificApplicationID),
                .maybe(Base.firmwareRevision),
            ]),
        // §5.5.1, §5.5.2
        CommandRule(
            "Device-Watchdog", "DW", deviceWatchdog, Application.base, isProxiable: false,
            request: [.one(Base.originHost), .one(Base.originRealm), .maybe(Base.originStateID)],
            answer: [
                .one(Base.resultCode), .one(Base.originHost), .one(Base.originRealm), .maybe(Base.errorMessage),
                .maybe(Base.failedAVP), .maybe(Base.originStateID),
            ]),
        // §5.4.1, §5.4.2
        CommandRule(
            "Disconnect-Peer", "DP", disconnectPeer, Application.base, isProxiable: false,
            request: [.one(Base.originHost), .one(Base.originRealm), .one(Base.disconnectCause)],
            answer: [
                .one(Base.resultCode), .one(Base.originHost), .one(Base.originRealm), .maybe(Base.errorMessage),
                .maybe(Base.failedAVP),
            ]),
    ]
}
