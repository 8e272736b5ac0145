extension S6a {
    /// Every S6a row, groups with their members. TS 29.272 §7.3
    static let table: [AVPDefinition] = [
        AVPDefinition(visitedPLMNID),
        AVPDefinition(
            requestedEUTRANAuthenticationInfo,
            [.maybe(numberOfRequestedVectors), .maybe(immediateResponsePreferred), .maybe(reSynchronizationInfo)]),
        AVPDefinition(
            requestedUTRANGERANAuthenticationInfo,
            [.maybe(numberOfRequestedVectors), .maybe(immediateResponsePreferred), .maybe(reSynchronizationInfo)]),
        AVPDefinition(numberOfRequestedVectors), AVPDefinition(reSynchronizationInfo),
        AVPDefinition(immediateResponsePreferred),
        AVPDefinition(authenticationInfo, [.any(eutranVector)]),
        AVPDefinition(eutranVector, [.maybe(itemNumber), .one(rand), .one(xres), .one(autn), .one(kasme)]),
        AVPDefinition(itemNumber), AVPDefinition(rand), AVPDefinition(xres), AVPDefinition(autn), AVPDefinition(kasme),
        AVPDefinition(airFlags), AVPDefinition(ueUsageType), AVPDefinition(errorDiagnostic),
        AVPDefinition(terminalInformation, [.maybe(imei), .maybe(meid), .maybe(softwareVersion)]),
        AVPDefinition(imei), AVPDefinition(softwareVersion), AVPDefinition(meid), AVPDefinition(ulrFlags),
        AVPDefinition(ulaFlags), AVPDefinition(cancellationType), AVPDefinition(clrFlags), AVPDefinition(puaFlags),
        AVPDefinition(purFlags), AVPDefinition(norFlags), AVPDefinition(alertReason), AVPDefinition(idrFlags),
        AVPDefinition(idaFlags), AVPDefinition(dsrFlags), AVPDefinition(dsaFlags), AVPDefinition(sgsnNumber),
        AVPDefinition(ueSRVCCCapability), AVPDefinition(imsVoiceOverPSSessionsSupported),
        AVPDefinition(homogeneousSupportOfIMSVoice), AVPDefinition(lastUEActivityTime),
        AVPDefinition(
            activeAPN,
            [
                .one(contextIdentifier), .maybe(serviceSelection), .maybe(mip6AgentInfo),
                .maybe(Cx.visitedNetworkIdentifier), .any(specificAPNInfo),
            ]),
        AVPDefinition(equivalentPLMNList, [.some(visitedPLMNID)]),
        AVPDefinition(mmeNumberForMTSMS), AVPDefinition(smsRegisterRequest), AVPDefinition(sgsMMEIdentity),
        AVPDefinition(coupledNodeDiameterID), AVPDefinition(resetID),
        AVPDefinition(adjacentPLMNs, [.some(visitedPLMNID)]),
        AVPDefinition(
            subscriptionData,
            [
                .maybe(subscriberStatus), .maybe(msisdn), .maybe(networkAccessMode), .maybe(operatorDeterminedBarring),
                .maybe(accessRestrictionData), .maybe(ambr), .maybe(apnConfigurationProfile),
                .maybe(subscribedPeriodicTAUTimer),
            ]),
        AVPDefinition(networkAccessMode), AVPDefinition(subscriberStatus), AVPDefinition(operatorDeterminedBarring),
        AVPDefinition(accessRestrictionData), AVPDefinition(contextIdentifier),
        AVPDefinition(allAPNConfigurationsIncludedIndicator),
        AVPDefinition(
            apnConfigurationProfile,
            [.one(contextIdentifier), .one(allAPNConfigurationsIncludedIndicator), .some(apnConfiguration)]),
        AVPDefinition(
            apnConfiguration,
            [
                .one(contextIdentifier), .one(pdnType), .one(serviceSelection), .maybe(epsSubscribedQoSProfile),
                .maybe(vplmnDynamicAddressAllowed), .maybe(mip6AgentInfo), .maybe(pdnGWAllocationType), .maybe(ambr),
                .any(specificAPNInfo),
            ]),
        AVPDefinition(epsSubscribedQoSProfile, [.one(qosClassIdentifier), .one(allocationRetentionPriority)]),
        AVPDefinition(vplmnDynamicAddressAllowed),
        AVPDefinition(ambr, [.one(maxRequestedBandwidthUL), .one(maxRequestedBandwidthDL)]),
        AVPDefinition(pdnGWAllocationType), AVPDefinition(pdnType),
        AVPDefinition(
            specificAPNInfo,
            [.one(serviceSelection), .one(mip6AgentInfo), .maybe(Cx.visitedNetworkIdentifier)]),
        AVPDefinition(subscribedPeriodicTAUTimer), AVPDefinition(msisdn), AVPDefinition(ratType, values: []),
        AVPDefinition(qosClassIdentifier),
        AVPDefinition(
            allocationRetentionPriority,
            [.one(priorityLevel), .maybe(preemptionCapability), .maybe(preemptionVulnerability)]),
        AVPDefinition(priorityLevel), AVPDefinition(preemptionCapability), AVPDefinition(preemptionVulnerability),
        AVPDefinition(maxRequestedBandwidthDL), AVPDefinition(maxRequestedBandwidthUL), AVPDefinition(gmlcAddress),
        AVPDefinition(serviceSelection),
        AVPDefinition(mip6AgentInfo, [.any(mipHomeAgentAddress), .maybe(mipHomeAgentHost)]),
        AVPDefinition(mipHomeAgentAddress),
        AVPDefinition(mipHomeAgentHost, [.one(Base.destinationRealm), .one(Base.destinationHost)]),
    ]
}
