/// Commands of S6a. TS 29.272 §7.2
public enum S6aCommands {
    public static let updateLocation: UInt32 = 316
    public static let cancelLocation: UInt32 = 317
    public static let authenticationInformation: UInt32 = 318
    public static let insertSubscriberData: UInt32 = 319
    public static let deleteSubscriberData: UInt32 = 320
    public static let purgeUE: UInt32 = 321
    public static let notify: UInt32 = 323

    /// What every request begins with. Vendor-Specific-Application-Id is optional here, unlike in Cx.
    private static func request(destinationHost: AVPRule, _ own: [AVPRule]) -> [AVPRule] {
        [
            .one(Base.sessionID), .maybe(Base.drmp), .maybe(Base.vendorSpecificApplicationID),
            .one(Base.authSessionState), .one(Base.originHost), .one(Base.originRealm), destinationHost,
            .one(Base.destinationRealm), .one(Base.userName), .maybe(Base.ocSupportedFeatures),
            .any(Cx.supportedFeatures), .any(Base.proxyInfo), .any(Base.routeRecord),
        ] + own
    }

    private static func answer(_ own: [AVPRule]) -> [AVPRule] {
        [
            .one(Base.sessionID), .maybe(Base.drmp), .maybe(Base.vendorSpecificApplicationID),
            .maybe(Base.resultCode), .maybe(Base.experimentalResult), .one(Base.authSessionState),
            .one(Base.originHost), .one(Base.originRealm), .maybe(Base.ocSupportedFeatures), .maybe(Base.ocOLR),
            .any(Base.load), .any(Cx.supportedFeatures), .any(Base.failedAVP), .any(Base.proxyInfo),
            .any(Base.routeRecord),
        ] + own
    }

    private static func command(
        _ name: String, _ abbreviation: String, _ code: UInt32, destinationHost: AVPRule, request own: [AVPRule],
        answer back: [AVPRule] = []
    ) -> CommandRule {
        CommandRule(
            name, abbreviation, code, Application.s6a, isProxiable: true,
            request: request(destinationHost: destinationHost, own), answer: answer(back))
    }

    static let table: [CommandRule] = fromMME + fromHSS

    /// MME to HSS: any HSS of the realm will do.
    private static let fromMME: [CommandRule] = [
        // §7.2.3, §7.2.4
        command(
            "Update-Location", "UL", updateLocation, destinationHost: .maybe(Base.destinationHost),
            request: [
                .maybe(S6a.terminalInformation), .one(S6a.ratType), .one(S6a.ulrFlags), .maybe(S6a.ueSRVCCCapability),
                .one(S6a.visitedPLMNID), .maybe(S6a.sgsnNumber), .maybe(S6a.homogeneousSupportOfIMSVoice),
                .maybe(S6a.gmlcAddress), .any(S6a.activeAPN), .maybe(S6a.equivalentPLMNList),
                .maybe(S6a.mmeNumberForMTSMS), .maybe(S6a.smsRegisterRequest), .maybe(S6a.sgsMMEIdentity),
                .maybe(S6a.coupledNodeDiameterID), .maybe(S6a.adjacentPLMNs),
            ],
            answer: [
                .maybe(S6a.errorDiagnostic), .maybe(S6a.ulaFlags), .maybe(S6a.subscriptionData), .any(S6a.resetID),
            ]),
        // §7.2.5, §7.2.6
        command(
            "Authentication-Information", "AI", authenticationInformation,
            destinationHost: .maybe(Base.destinationHost),
            request: [
                .maybe(S6a.requestedEUTRANAuthenticationInfo), .maybe(S6a.requestedUTRANGERANAuthenticationInfo),
                .one(S6a.visitedPLMNID), .maybe(S6a.airFlags),
            ],
            answer: [.maybe(S6a.errorDiagnostic), .maybe(S6a.authenticationInfo), .maybe(S6a.ueUsageType)]),
        // §7.2.13, §7.2.14
        command(
            "Purge-UE", "PU", purgeUE, destinationHost: .maybe(Base.destinationHost),
            request: [.maybe(S6a.purFlags)], answer: [.maybe(S6a.puaFlags)]),
        // §7.2.17, §7.2.18
        command(
            "Notify", "NO", notify, destinationHost: .maybe(Base.destinationHost),
            request: [
                .maybe(S6a.terminalInformation), .maybe(S6a.mip6AgentInfo), .maybe(Cx.visitedNetworkIdentifier),
                .maybe(S6a.contextIdentifier), .maybe(S6a.serviceSelection), .maybe(S6a.alertReason),
                .maybe(S6a.ueSRVCCCapability), .maybe(S6a.norFlags), .maybe(S6a.homogeneousSupportOfIMSVoice),
            ]),
    ]

    /// HSS to MME, whose host is known.
    private static let fromHSS: [CommandRule] = [
        // §7.2.7, §7.2.8
        command(
            "Cancel-Location", "CL", cancelLocation, destinationHost: .one(Base.destinationHost),
            request: [.one(S6a.cancellationType), .maybe(S6a.clrFlags)]),
        // §7.2.9, §7.2.10
        command(
            "Insert-Subscriber-Data", "ID", insertSubscriberData, destinationHost: .one(Base.destinationHost),
            request: [.one(S6a.subscriptionData), .maybe(S6a.idrFlags), .any(S6a.resetID)],
            answer: [
                .maybe(S6a.imsVoiceOverPSSessionsSupported), .maybe(S6a.lastUEActivityTime), .maybe(S6a.ratType),
                .maybe(S6a.idaFlags),
            ]),
        // §7.2.11, §7.2.12
        command(
            "Delete-Subscriber-Data", "DS", deleteSubscriberData, destinationHost: .one(Base.destinationHost),
            request: [.one(S6a.dsrFlags), .any(S6a.contextIdentifier)], answer: [.maybe(S6a.dsaFlags)]),
    ]
}
