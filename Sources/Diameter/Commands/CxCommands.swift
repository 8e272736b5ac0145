/// Commands of Cx and Dx. TS 29.229 §6.1
public enum CxCommands {
    public static let userAuthorization: UInt32 = 300
    public static let serverAssignment: UInt32 = 301
    public static let locationInfo: UInt32 = 302
    public static let multimediaAuth: UInt32 = 303
    public static let registrationTermination: UInt32 = 304
    public static let pushProfile: UInt32 = 305

    /// What every Cx request begins with. DRMP and Supported-Features are optional everywhere.
    private static func request(destinationHost: AVPRule, _ own: [AVPRule]) -> [AVPRule] {
        [
            .one(Base.sessionID), .maybe(Base.drmp), .one(Base.vendorSpecificApplicationID),
            .one(Base.authSessionState), .one(Base.originHost), .one(Base.originRealm), destinationHost,
            .one(Base.destinationRealm), .any(supportedFeatures), .any(Base.proxyInfo), .any(Base.routeRecord),
        ] + own
    }

    private static func answer(_ own: [AVPRule]) -> [AVPRule] {
        [
            .one(Base.sessionID), .maybe(Base.drmp), .one(Base.vendorSpecificApplicationID),
            .maybe(Base.resultCode), .maybe(Base.experimentalResult), .one(Base.authSessionState),
            .one(Base.originHost), .one(Base.originRealm), .maybe(Base.ocSupportedFeatures), .maybe(Base.ocOLR),
            .any(Base.load), .any(supportedFeatures), .any(Base.failedAVP), .any(Base.proxyInfo),
            .any(Base.routeRecord),
        ] + own
    }

    private static let supportedFeatures = Cx.supportedFeatures

    static let table: [CommandRule] = [
        // §6.1.1, §6.1.2
        CommandRule(
            "User-Authorization", "UA", userAuthorization, Application.cx, isProxiable: true,
            request: request(
                destinationHost: .maybe(Base.destinationHost),
                [
                    .one(Base.userName), .maybe(Base.ocSupportedFeatures), .one(Cx.publicIdentity),
                    .one(Cx.visitedNetworkIdentifier), .maybe(Cx.userAuthorizationType), .maybe(Cx.uarFlags),
                ]),
            answer: answer([.maybe(Cx.serverName), .maybe(Cx.serverCapabilities)])),
        // §6.1.3, §6.1.4. Public-Identity is `*[ ]`: a de-registration by private identity alone has none.
        CommandRule(
            "Server-Assignment", "SA", serverAssignment, Application.cx, isProxiable: true,
            request: request(
                destinationHost: .maybe(Base.destinationHost),
                [
                    .maybe(Base.userName), .maybe(Base.ocSupportedFeatures), .any(Cx.publicIdentity),
                    .maybe(Cx.wildcardedPublicIdentity), .maybe(Cx.wildcardedIMPU), .one(Cx.serverName),
                    .one(Cx.serverAssignmentType), .one(Cx.userDataAlreadyAvailable),
                    .maybe(Cx.scscfRestorationInfo), .maybe(Cx.multipleRegistrationIndication),
                    .maybe(Cx.sessionPriority), .maybe(Cx.sarFlags), .maybe(Cx.failedPCSCF),
                ]),
            answer: answer([
                .maybe(Base.userName), .maybe(Cx.userData), .maybe(Cx.chargingInformation),
                .maybe(Cx.associatedIdentities), .maybe(Cx.looseRouteIndication), .any(Cx.scscfRestorationInfo),
                .maybe(Cx.associatedRegisteredGroups), .maybe(Cx.serverName), .maybe(Cx.wildcardedPublicIdentity),
                .maybe(Cx.priviledgedSenderIndication), .maybe(Cx.allowedWAFWWSFIdentities),
            ])),
        // §6.1.5, §6.1.6
        CommandRule(
            "Location-Info", "LI", locationInfo, Application.cx, isProxiable: true,
            request: request(
                destinationHost: .maybe(Base.destinationHost),
                [
                    .maybe(Cx.originatingRequest), .maybe(Base.ocSupportedFeatures), .one(Cx.publicIdentity),
                    .maybe(Cx.userAuthorizationType), .maybe(Cx.sessionPriority),
                ]),
            answer: answer([
                .maybe(Cx.serverName), .maybe(Cx.serverCapabilities), .maybe(Cx.wildcardedPublicIdentity),
                .maybe(Cx.wildcardedIMPU), .maybe(Cx.liaFlags),
            ])),
        // §6.1.7, §6.1.8
        CommandRule(
            "Multimedia-Auth", "MA", multimediaAuth, Application.cx, isProxiable: true,
            request: request(
                destinationHost: .maybe(Base.destinationHost),
                [
                    .one(Base.userName), .maybe(Base.ocSupportedFeatures), .one(Cx.publicIdentity),
                    .one(Cx.sipAuthDataItem), .one(Cx.sipNumberAuthItems), .one(Cx.serverName),
                ]),
            answer: answer([
                .maybe(Base.userName), .maybe(Cx.publicIdentity), .maybe(Cx.sipNumberAuthItems),
                .any(Cx.sipAuthDataItem),
            ])),
        // §6.1.9, §6.1.10: HSS to S-CSCF, so the host is known.
        CommandRule(
            "Registration-Termination", "RT", registrationTermination, Application.cx, isProxiable: true,
            request: request(
                destinationHost: .one(Base.destinationHost),
                [
                    .one(Base.userName), .maybe(Cx.associatedIdentities), .any(Cx.publicIdentity),
                    .one(Cx.deregistrationReason), .maybe(Cx.rtrFlags),
                ]),
            answer: answer([.maybe(Cx.associatedIdentities), .any(Cx.identityWithEmergencyRegistration)])),
        // §6.1.11, §6.1.12
        CommandRule(
            "Push-Profile", "PP", pushProfile, Application.cx, isProxiable: true,
            request: request(
                destinationHost: .one(Base.destinationHost),
                [
                    .one(Base.userName), .maybe(Cx.userData), .maybe(Cx.chargingInformation),
                    .maybe(Cx.sipAuthDataItem), .maybe(Cx.allowedWAFWWSFIdentities),
                ]),
            answer: answer([])),
    ]
}
