/// AVPs of the base protocol, RFC 6733 §4.5, and DRMP (RFC 7944), OC-* (RFC 7683) and Load (RFC 8583), which stand in
/// every newer command.
public enum Base {
    public static let userName = AVPKey<String>("User-Name", 1, .ietf, .utf8String, [.m])
    public static let classData = AVPKey<[UInt8]>("Class", 25, .ietf, .octetString, [.m])
    public static let sessionTimeout = AVPKey<UInt32>("Session-Timeout", 27, .ietf, .unsigned32, [.m])
    public static let proxyState = AVPKey<[UInt8]>("Proxy-State", 33, .ietf, .octetString, [.m])
    public static let acctSessionID = AVPKey<[UInt8]>("Acct-Session-Id", 44, .ietf, .octetString, [.m])
    public static let acctMultiSessionID = AVPKey<String>("Acct-Multi-Session-Id", 50, .ietf, .utf8String, [.m])
    public static let eventTimestamp = AVPKey<DiameterTime>("Event-Timestamp", 55, .ietf, .time, [.m])
    public static let acctInterimInterval = AVPKey<UInt32>("Acct-Interim-Interval", 85, .ietf, .unsigned32, [.m])
    public static let hostIPAddress = AVPKey<DiameterAddress>("Host-IP-Address", 257, .ietf, .address, [.m])
    public static let authApplicationID = AVPKey<UInt32>("Auth-Application-Id", 258, .ietf, .unsigned32, [.m])
    public static let acctApplicationID = AVPKey<UInt32>("Acct-Application-Id", 259, .ietf, .unsigned32, [.m])
    public static let vendorSpecificApplicationID = AVPKey<AVPGroup>(
        "Vendor-Specific-Application-Id", 260, .ietf, .grouped, [.m])
    public static let redirectHostUsage = AVPKey<RedirectHostUsage>(
        "Redirect-Host-Usage", 261, .ietf, .enumerated, [.m])
    public static let redirectMaxCacheTime = AVPKey<UInt32>("Redirect-Max-Cache-Time", 262, .ietf, .unsigned32, [.m])
    public static let sessionID = AVPKey<String>("Session-Id", 263, .ietf, .utf8String, [.m])
    public static let originHost = AVPKey<String>("Origin-Host", 264, .ietf, .diameterIdentity, [.m])
    public static let supportedVendorID = AVPKey<UInt32>("Supported-Vendor-Id", 265, .ietf, .unsigned32, [.m])
    public static let vendorID = AVPKey<UInt32>("Vendor-Id", 266, .ietf, .unsigned32, [.m])
    public static let firmwareRevision = AVPKey<UInt32>("Firmware-Revision", 267, .ietf, .unsigned32, [])
    public static let resultCode = AVPKey<UInt32>("Result-Code", 268, .ietf, .unsigned32, [.m])
    public static let productName = AVPKey<String>("Product-Name", 269, .ietf, .utf8String, [])
    public static let sessionBinding = AVPKey<UInt32>("Session-Binding", 270, .ietf, .unsigned32, [.m])
    public static let sessionServerFailover = AVPKey<SessionServerFailover>(
        "Session-Server-Failover", 271, .ietf, .enumerated, [.m])
    public static let multiRoundTimeOut = AVPKey<UInt32>("Multi-Round-Time-Out", 272, .ietf, .unsigned32, [.m])
    public static let disconnectCause = AVPKey<DisconnectCause>("Disconnect-Cause", 273, .ietf, .enumerated, [.m])
    public static let authRequestType = AVPKey<AuthRequestType>("Auth-Request-Type", 274, .ietf, .enumerated, [.m])
    public static let authGracePeriod = AVPKey<UInt32>("Auth-Grace-Period", 276, .ietf, .unsigned32, [.m])
    public static let authSessionState = AVPKey<AuthSessionState>("Auth-Session-State", 277, .ietf, .enumerated, [.m])
    public static let originStateID = AVPKey<UInt32>("Origin-State-Id", 278, .ietf, .unsigned32, [.m])
    public static let failedAVP = AVPKey<AVPGroup>("Failed-AVP", 279, .ietf, .grouped, [.m])
    public static let proxyHost = AVPKey<String>("Proxy-Host", 280, .ietf, .diameterIdentity, [.m])
    public static let errorMessage = AVPKey<String>("Error-Message", 281, .ietf, .utf8String, [])
    public static let routeRecord = AVPKey<String>("Route-Record", 282, .ietf, .diameterIdentity, [.m])
    public static let destinationRealm = AVPKey<String>("Destination-Realm", 283, .ietf, .diameterIdentity, [.m])
    public static let proxyInfo = AVPKey<AVPGroup>("Proxy-Info", 284, .ietf, .grouped, [.m])
    public static let reAuthRequestType = AVPKey<ReAuthRequestType>(
        "Re-Auth-Request-Type", 285, .ietf, .enumerated, [.m])
    public static let accountingSubSessionID = AVPKey<UInt64>(
        "Accounting-Sub-Session-Id", 287, .ietf, .unsigned64, [.m])
    public static let authorizationLifetime = AVPKey<UInt32>("Authorization-Lifetime", 291, .ietf, .unsigned32, [.m])
    public static let redirectHost = AVPKey<String>("Redirect-Host", 292, .ietf, .diameterURI, [.m])
    public static let destinationHost = AVPKey<String>("Destination-Host", 293, .ietf, .diameterIdentity, [.m])
    public static let errorReportingHost = AVPKey<String>("Error-Reporting-Host", 294, .ietf, .diameterIdentity, [])
    public static let terminationCause = AVPKey<Int32>("Termination-Cause", 295, .ietf, .enumerated, [.m])
    public static let originRealm = AVPKey<String>("Origin-Realm", 296, .ietf, .diameterIdentity, [.m])
    public static let experimentalResult = AVPKey<AVPGroup>("Experimental-Result", 297, .ietf, .grouped, [.m])
    public static let experimentalResultCode = AVPKey<UInt32>(
        "Experimental-Result-Code", 298, .ietf, .unsigned32, [.m])
    public static let inbandSecurityID = AVPKey<UInt32>("Inband-Security-Id", 299, .ietf, .unsigned32, [.m])
    public static let drmp = AVPKey<Int32>("DRMP", 301, .ietf, .enumerated, [])
    public static let accountingRecordType = AVPKey<Int32>("Accounting-Record-Type", 480, .ietf, .enumerated, [.m])
    public static let accountingRealtimeRequired = AVPKey<Int32>(
        "Accounting-Realtime-Required", 483, .ietf, .enumerated, [.m])
    public static let accountingRecordNumber = AVPKey<UInt32>(
        "Accounting-Record-Number", 485, .ietf, .unsigned32, [.m])
    public static let ocSupportedFeatures = AVPKey<AVPGroup>("OC-Supported-Features", 621, .ietf, .grouped, [])
    public static let ocFeatureVector = AVPKey<UInt64>("OC-Feature-Vector", 622, .ietf, .unsigned64, [])
    public static let ocOLR = AVPKey<AVPGroup>("OC-OLR", 623, .ietf, .grouped, [])
    public static let ocSequenceNumber = AVPKey<UInt64>("OC-Sequence-Number", 624, .ietf, .unsigned64, [])
    public static let ocValidityDuration = AVPKey<UInt32>("OC-Validity-Duration", 625, .ietf, .unsigned32, [])
    public static let ocReportType = AVPKey<Int32>("OC-Report-Type", 626, .ietf, .enumerated, [])
    public static let ocReductionPercentage = AVPKey<UInt32>("OC-Reduction-Percentage", 627, .ietf, .unsigned32, [])
    public static let sourceID = AVPKey<String>("SourceID", 649, .ietf, .diameterIdentity, [])
    public static let load = AVPKey<AVPGroup>("Load", 650, .ietf, .grouped, [])
    public static let loadType = AVPKey<Int32>("Load-Type", 651, .ietf, .enumerated, [])
    public static let loadValue = AVPKey<UInt64>("Load-Value", 652, .ietf, .unsigned64, [])

    /// Every row above, in order of code.
    static let table: [AVPDefinition] = [
        AVPDefinition(userName), AVPDefinition(classData), AVPDefinition(sessionTimeout), AVPDefinition(proxyState),
        AVPDefinition(acctSessionID), AVPDefinition(acctMultiSessionID), AVPDefinition(eventTimestamp),
        AVPDefinition(acctInterimInterval), AVPDefinition(hostIPAddress), AVPDefinition(authApplicationID),
        AVPDefinition(acctApplicationID),
        // RFC 6733 §6.11; §6.11 allows one Vendor-Id, RFC 3588 allowed several.
        AVPDefinition(
            vendorSpecificApplicationID, [.some(vendorID), .maybe(authApplicationID), .maybe(acctApplicationID)]),
        AVPDefinition(redirectHostUsage), AVPDefinition(redirectMaxCacheTime), AVPDefinition(sessionID),
        AVPDefinition(originHost), AVPDefinition(supportedVendorID), AVPDefinition(vendorID),
        AVPDefinition(firmwareRevision), AVPDefinition(resultCode), AVPDefinition(productName),
        AVPDefinition(sessionBinding), AVPDefinition(sessionServerFailover), AVPDefinition(multiRoundTimeOut),
        AVPDefinition(disconnectCause), AVPDefinition(authRequestType), AVPDefinition(authGracePeriod),
        AVPDefinition(authSessionState), AVPDefinition(originStateID), AVPDefinition(failedAVP),
        AVPDefinition(proxyHost), AVPDefinition(errorMessage), AVPDefinition(routeRecord),
        AVPDefinition(destinationRealm),
        // RFC 6733 §6.7.2
        AVPDefinition(proxyInfo, [.one(proxyHost), .one(proxyState)]),
        AVPDefinition(reAuthRequestType), AVPDefinition(accountingSubSessionID), AVPDefinition(authorizationLifetime),
        AVPDefinition(redirectHost), AVPDefinition(destinationHost), AVPDefinition(errorReportingHost),
        AVPDefinition(terminationCause), AVPDefinition(originRealm),
        // RFC 6733 §7.6
        AVPDefinition(experimentalResult, [.one(vendorID), .one(experimentalResultCode)]),
        AVPDefinition(experimentalResultCode), AVPDefinition(inbandSecurityID), AVPDefinition(drmp),
        AVPDefinition(accountingRecordType), AVPDefinition(accountingRealtimeRequired),
        AVPDefinition(accountingRecordNumber),
        AVPDefinition(ocSupportedFeatures, [.maybe(ocFeatureVector)]), AVPDefinition(ocFeatureVector),
        AVPDefinition(ocOLR, [.one(ocSequenceNumber), .one(ocReportType)]), AVPDefinition(ocSequenceNumber),
        AVPDefinition(ocValidityDuration), AVPDefinition(ocReportType), AVPDefinition(ocReductionPercentage),
        AVPDefinition(sourceID), AVPDefinition(load), AVPDefinition(loadType), AVPDefinition(loadValue),
    ]
}
