/// AVPs of S6a, TS 29.272 §7.3, with the specification's M bits. All an MME may send with the M bit is here, or its
/// requests would be refused with 5001; of subscription data only what this HSS sends.
public enum S6a {
    // Authentication, §7.3.11–7.3.18, §7.3.53–7.3.56
    public static let visitedPLMNID = AVPKey<[UInt8]>("Visited-PLMN-Id", 1407, .threeGPP, .octetString, [.v, .m])
    public static let requestedEUTRANAuthenticationInfo = AVPKey<AVPGroup>(
        "Requested-EUTRAN-Authentication-Info", 1408, .threeGPP, .grouped, [.v, .m])
    public static let requestedUTRANGERANAuthenticationInfo = AVPKey<AVPGroup>(
        "Requested-UTRAN-GERAN-Authentication-Info", 1409, .threeGPP, .grouped, [.v, .m])
    public static let numberOfRequestedVectors = AVPKey<UInt32>(
        "Number-Of-Requested-Vectors", 1410, .threeGPP, .unsigned32, [.v, .m])
    public static let reSynchronizationInfo = AVPKey<[UInt8]>(
        "Re-Synchronization-Info", 1411, .threeGPP, .octetString, [.v, .m])
    public static let immediateResponsePreferred = AVPKey<UInt32>(
        "Immediate-Response-Preferred", 1412, .threeGPP, .unsigned32, [.v, .m])
    public static let authenticationInfo = AVPKey<AVPGroup>("Authentication-Info", 1413, .threeGPP, .grouped, [.v, .m])
    public static let eutranVector = AVPKey<AVPGroup>("E-UTRAN-Vector", 1414, .threeGPP, .grouped, [.v, .m])
    public static let itemNumber = AVPKey<UInt32>("Item-Number", 1419, .threeGPP, .unsigned32, [.v, .m])
    public static let rand = AVPKey<[UInt8]>("RAND", 1447, .threeGPP, .octetString, [.v, .m])
    public static let xres = AVPKey<[UInt8]>("XRES", 1448, .threeGPP, .octetString, [.v, .m])
    public static let autn = AVPKey<[UInt8]>("AUTN", 1449, .threeGPP, .octetString, [.v, .m])
    public static let kasme = AVPKey<[UInt8]>("KASME", 1450, .threeGPP, .octetString, [.v, .m])
    public static let airFlags = AVPKey<UInt32>("AIR-Flags", 1679, .threeGPP, .unsigned32, [.v])
    public static let ueUsageType = AVPKey<UInt32>("UE-Usage-Type", 1680, .threeGPP, .unsigned32, [.v])
    public static let errorDiagnostic = AVPKey<ErrorDiagnostic>("Error-Diagnostic", 1614, .threeGPP, .enumerated, [.v])
    // Location management
    public static let terminalInformation = AVPKey<AVPGroup>(
        "Terminal-Information", 1401, .threeGPP, .grouped, [.v, .m])
    public static let imei = AVPKey<String>("IMEI", 1402, .threeGPP, .utf8String, [.v, .m])
    public static let softwareVersion = AVPKey<String>("Software-Version", 1403, .threeGPP, .utf8String, [.v, .m])
    public static let meid = AVPKey<[UInt8]>("3GPP2-MEID", 1471, .threeGPP, .octetString, [.v, .m])
    public static let ulrFlags = AVPKey<UInt32>("ULR-Flags", 1405, .threeGPP, .unsigned32, [.v, .m])
    public static let ulaFlags = AVPKey<UInt32>("ULA-Flags", 1406, .threeGPP, .unsigned32, [.v, .m])
    public static let cancellationType = AVPKey<CancellationType>(
        "Cancellation-Type", 1420, .threeGPP, .enumerated, [.v, .m])
    public static let clrFlags = AVPKey<UInt32>("CLR-Flags", 1638, .threeGPP, .unsigned32, [.v])
    public static let puaFlags = AVPKey<UInt32>("PUA-Flags", 1442, .threeGPP, .unsigned32, [.v, .m])
    public static let purFlags = AVPKey<UInt32>("PUR-Flags", 1635, .threeGPP, .unsigned32, [.v])
    public static let norFlags = AVPKey<UInt32>("NOR-Flags", 1443, .threeGPP, .unsigned32, [.v, .m])
    public static let alertReason = AVPKey<AlertReason>("Alert-Reason", 1434, .threeGPP, .enumerated, [.v, .m])
    public static let idrFlags = AVPKey<UInt32>("IDR-Flags", 1490, .threeGPP, .unsigned32, [.v, .m])
    public static let idaFlags = AVPKey<UInt32>("IDA-Flags", 1441, .threeGPP, .unsigned32, [.v, .m])
    public static let dsrFlags = AVPKey<UInt32>("DSR-Flags", 1421, .threeGPP, .unsigned32, [.v, .m])
    public static let dsaFlags = AVPKey<UInt32>("DSA-Flags", 1422, .threeGPP, .unsigned32, [.v, .m])
    public static let sgsnNumber = AVPKey<[UInt8]>("SGSN-Number", 1489, .threeGPP, .octetString, [.v, .m])
    public static let ueSRVCCCapability = AVPKey<UESRVCCCapability>(
        "UE-SRVCC-Capability", 1615, .threeGPP, .enumerated, [.v])
    public static let imsVoiceOverPSSessionsSupported = AVPKey<Support>(
        "IMS-Voice-Over-PS-Sessions-Supported", 1492, .threeGPP, .enumerated, [.v])
    public static let homogeneousSupportOfIMSVoice = AVPKey<Support>(
        "Homogeneous-Support-of-IMS-Voice-Over-PS-Sessions", 1493, .threeGPP, .enumerated, [.v])
    public static let lastUEActivityTime = AVPKey<DiameterTime>("Last-UE-Activity-Time", 1494, .threeGPP, .time, [.v])
    public static let activeAPN = AVPKey<AVPGroup>("Active-APN", 1612, .threeGPP, .grouped, [.v])
    public static let equivalentPLMNList = AVPKey<AVPGroup>("Equivalent-PLMN-List", 1637, .threeGPP, .grouped, [.v])
    public static let mmeNumberForMTSMS = AVPKey<[UInt8]>("MME-Number-for-MT-SMS", 1645, .threeGPP, .octetString, [.v])
    public static let smsRegisterRequest = AVPKey<SMSRegisterRequest>(
        "SMS-Register-Request", 1648, .threeGPP, .enumerated, [.v])
    public static let sgsMMEIdentity = AVPKey<String>("SGs-MME-Identity", 1664, .threeGPP, .utf8String, [.v])
    public static let coupledNodeDiameterID = AVPKey<String>(
        "Coupled-Node-Diameter-ID", 1666, .threeGPP, .diameterIdentity, [.v])
    public static let resetID = AVPKey<[UInt8]>("Reset-ID", 1670, .threeGPP, .octetString, [.v])
    public static let adjacentPLMNs = AVPKey<AVPGroup>("Adjacent-PLMNs", 1672, .threeGPP, .grouped, [.v])
    // Subscription data
    public static let subscriptionData = AVPKey<AVPGroup>("Subscription-Data", 1400, .threeGPP, .grouped, [.v, .m])
    public static let networkAccessMode = AVPKey<NetworkAccessMode>(
        "Network-Access-Mode", 1417, .threeGPP, .enumerated, [.v, .m])
    public static let subscriberStatus = AVPKey<SubscriberStatus>(
        "Subscriber-Status", 1424, .threeGPP, .enumerated, [.v, .m])
    public static let operatorDeterminedBarring = AVPKey<UInt32>(
        "Operator-Determined-Barring", 1425, .threeGPP, .unsigned32, [.v, .m])
    public static let accessRestrictionData = AVPKey<UInt32>(
        "Access-Restriction-Data", 1426, .threeGPP, .unsigned32, [.v, .m])
    public static let contextIdentifier = AVPKey<UInt32>("Context-Identifier", 1423, .threeGPP, .unsigned32, [.v, .m])
    public static let allAPNConfigurationsIncludedIndicator = AVPKey<APNConfigurationsIncluded>(
        "All-APN-Configurations-Included-Indicator", 1428, .threeGPP, .enumerated, [.v, .m])
    public static let apnConfigurationProfile = AVPKey<AVPGroup>(
        "APN-Configuration-Profile", 1429, .threeGPP, .grouped, [.v, .m])
    public static let apnConfiguration = AVPKey<AVPGroup>("APN-Configuration", 1430, .threeGPP, .grouped, [.v, .m])
    public static let epsSubscribedQoSProfile = AVPKey<AVPGroup>(
        "EPS-Subscribed-QoS-Profile", 1431, .threeGPP, .grouped, [.v, .m])
    public static let vplmnDynamicAddressAllowed = AVPKey<VPLMNDynamicAddress>(
        "VPLMN-Dynamic-Address-Allowed", 1432, .threeGPP, .enumerated, [.v, .m])
    public static let ambr = AVPKey<AVPGroup>("AMBR", 1435, .threeGPP, .grouped, [.v, .m])
    public static let pdnGWAllocationType = AVPKey<PDNGWAllocationType>(
        "PDN-GW-Allocation-Type", 1438, .threeGPP, .enumerated, [.v, .m])
    public static let pdnType = AVPKey<PDNType>("PDN-Type", 1456, .threeGPP, .enumerated, [.v, .m])
    public static let specificAPNInfo = AVPKey<AVPGroup>("Specific-APN-Info", 1472, .threeGPP, .grouped, [.v, .m])
    public static let subscribedPeriodicTAUTimer = AVPKey<UInt32>(
        "Subscribed-Periodic-RAU-TAU-Timer", 1619, .threeGPP, .unsigned32, [.v])
    // Of other specifications (second table of §7.3.1): TS 29.329 §6.3.2, TS 29.212 §5.3.17–5.3.47,
    // TS 29.214 §5.3.14–5.3.15, TS 29.173 §6.4.7, RFC 5778 §6.2, RFC 5447 §4.2.1, RFC 4004 §7.4 and §7.11
    public static let msisdn = AVPKey<[UInt8]>("MSISDN", 701, .threeGPP, .octetString, [.v, .m])
    public static let ratType = AVPKey<RATType>("RAT-Type", 1032, .threeGPP, .enumerated, [.v])
    public static let qosClassIdentifier = AVPKey<Int32>(
        "QoS-Class-Identifier", 1028, .threeGPP, .enumerated, [.v, .m])
    public static let allocationRetentionPriority = AVPKey<AVPGroup>(
        "Allocation-Retention-Priority", 1034, .threeGPP, .grouped, [.v, .m])
    public static let priorityLevel = AVPKey<UInt32>("Priority-Level", 1046, .threeGPP, .unsigned32, [.v, .m])
    public static let preemptionCapability = AVPKey<PreemptionCapability>(
        "Pre-emption-Capability", 1047, .threeGPP, .enumerated, [.v, .m])
    public static let preemptionVulnerability = AVPKey<PreemptionVulnerability>(
        "Pre-emption-Vulnerability", 1048, .threeGPP, .enumerated, [.v, .m])
    public static let maxRequestedBandwidthDL = AVPKey<UInt32>(
        "Max-Requested-Bandwidth-DL", 515, .threeGPP, .unsigned32, [.v, .m])
    public static let maxRequestedBandwidthUL = AVPKey<UInt32>(
        "Max-Requested-Bandwidth-UL", 516, .threeGPP, .unsigned32, [.v, .m])
    public static let gmlcAddress = AVPKey<DiameterAddress>("GMLC-Address", 2405, .threeGPP, .address, [.v, .m])
    public static let serviceSelection = AVPKey<String>("Service-Selection", 493, .ietf, .utf8String, [.m])
    public static let mip6AgentInfo = AVPKey<AVPGroup>("MIP6-Agent-Info", 486, .ietf, .grouped, [.m])
    public static let mipHomeAgentAddress = AVPKey<DiameterAddress>(
        "MIP-Home-Agent-Address", 334, .ietf, .address, [.m])
    public static let mipHomeAgentHost = AVPKey<AVPGroup>("MIP-Home-Agent-Host", 348, .ietf, .grouped, [.m])
}
