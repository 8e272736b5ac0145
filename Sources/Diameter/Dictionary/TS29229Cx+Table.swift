extension Cx {
    /// Every Cx row in order of code, groups with their members. TS 29.229 §6.3
    static let table: [AVPDefinition] = [
        AVPDefinition(visitedNetworkIdentifier), AVPDefinition(publicIdentity), AVPDefinition(serverName),
        AVPDefinition(
            serverCapabilities, [.any(mandatoryCapability), .any(optionalCapability), .any(serverName)]),
        AVPDefinition(mandatoryCapability), AVPDefinition(optionalCapability), AVPDefinition(userData),
        AVPDefinition(sipNumberAuthItems), AVPDefinition(sipAuthenticationScheme), AVPDefinition(sipAuthenticate),
        AVPDefinition(sipAuthorization), AVPDefinition(sipAuthenticationContext),
        AVPDefinition(
            sipAuthDataItem,
            [
                .maybe(sipItemNumber), .maybe(sipAuthenticationScheme), .maybe(sipAuthenticate),
                .maybe(sipAuthorization), .maybe(sipAuthenticationContext), .maybe(confidentialityKey),
                .maybe(integrityKey), .maybe(sipDigestAuthenticate), .maybe(Borrowed.framedIPAddress),
                .maybe(Borrowed.framedIPv6Prefix), .maybe(Borrowed.framedInterfaceID), .any(Borrowed.lineIdentifier),
            ]),
        AVPDefinition(sipItemNumber), AVPDefinition(serverAssignmentType),
        AVPDefinition(deregistrationReason, [.one(reasonCode), .maybe(reasonInfo)]),
        AVPDefinition(reasonCode), AVPDefinition(reasonInfo),
        AVPDefinition(
            chargingInformation,
            [
                .maybe(primaryEventChargingFunctionName), .maybe(secondaryEventChargingFunctionName),
                .maybe(primaryChargingCollectionFunctionName), .maybe(secondaryChargingCollectionFunctionName),
            ]),
        AVPDefinition(primaryEventChargingFunctionName), AVPDefinition(secondaryEventChargingFunctionName),
        AVPDefinition(primaryChargingCollectionFunctionName),
        AVPDefinition(secondaryChargingCollectionFunctionName), AVPDefinition(userAuthorizationType),
        AVPDefinition(userDataAlreadyAvailable), AVPDefinition(confidentialityKey), AVPDefinition(integrityKey),
        AVPDefinition(supportedFeatures, [.one(Base.vendorID), .one(featureListID), .one(featureList)]),
        AVPDefinition(featureListID), AVPDefinition(featureList),
        AVPDefinition(
            supportedApplications,
            [.any(Base.authApplicationID), .any(Base.acctApplicationID), .any(Base.vendorSpecificApplicationID)]),
        AVPDefinition(associatedIdentities, [.any(Base.userName)]), AVPDefinition(originatingRequest),
        AVPDefinition(wildcardedPublicIdentity),
        AVPDefinition(
            sipDigestAuthenticate,
            [
                .one(Borrowed.digestRealm), .maybe(Borrowed.digestAlgorithm), .one(Borrowed.digestQoP),
                .one(Borrowed.digestHA1), .maybe(alternateDigestAlgorithm), .maybe(alternateDigestHA1),
            ]),
        AVPDefinition(wildcardedIMPU), AVPDefinition(uarFlags), AVPDefinition(looseRouteIndication),
        AVPDefinition(
            scscfRestorationInfo,
            [.one(Base.userName), .some(restorationInfo), .maybe(registrationTimeOut), .maybe(sipAuthenticationScheme)]
        ),
        AVPDefinition(path), AVPDefinition(contact),
        AVPDefinition(
            subscriptionInfo,
            [.one(callIDSIPHeader), .one(fromSIPHeader), .one(toSIPHeader), .one(recordRoute), .one(contact)]),
        AVPDefinition(callIDSIPHeader), AVPDefinition(fromSIPHeader), AVPDefinition(toSIPHeader),
        AVPDefinition(recordRoute), AVPDefinition(associatedRegisteredGroups, [.any(Base.userName)]),
        AVPDefinition(multipleRegistrationIndication),
        AVPDefinition(
            restorationInfo,
            [
                .one(path), .one(contact), .maybe(initialCSeqSequenceNumber), .maybe(callIDSIPHeader),
                .maybe(subscriptionInfo), .maybe(pcscfSubscriptionInfo),
            ]),
        AVPDefinition(sessionPriority),
        AVPDefinition(identityWithEmergencyRegistration, [.one(Base.userName), .one(publicIdentity)]),
        AVPDefinition(priviledgedSenderIndication), AVPDefinition(liaFlags),
        AVPDefinition(initialCSeqSequenceNumber), AVPDefinition(sarFlags),
        AVPDefinition(
            allowedWAFWWSFIdentities, [.any(webRTCAuthenticationFunctionName), .any(webRTCWebServerFunctionName)]),
        AVPDefinition(webRTCAuthenticationFunctionName), AVPDefinition(webRTCWebServerFunctionName),
        AVPDefinition(rtrFlags),
        AVPDefinition(
            pcscfSubscriptionInfo, [.one(callIDSIPHeader), .one(fromSIPHeader), .one(toSIPHeader), .one(contact)]),
        AVPDefinition(registrationTimeOut), AVPDefinition(alternateDigestAlgorithm),
        AVPDefinition(alternateDigestHA1), AVPDefinition(failedPCSCF, [.maybe(pcscfFQDN), .any(pcscfIPAddress)]),
        AVPDefinition(pcscfFQDN), AVPDefinition(pcscfIPAddress),
    ]
}
