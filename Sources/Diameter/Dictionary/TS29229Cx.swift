/// AVPs of Cx and Dx, TS 29.229 §6.3, with the specification's M bits: most rows of Releases 5 to 7 must be understood,
/// later ones may be ignored.
public enum Cx {
    public static let visitedNetworkIdentifier = AVPKey<[UInt8]>(
        "Visited-Network-Identifier", 600, .threeGPP, .octetString, [.v, .m])
    public static let publicIdentity = AVPKey<String>("Public-Identity", 601, .threeGPP, .utf8String, [.v, .m])
    public static let serverName = AVPKey<String>("Server-Name", 602, .threeGPP, .utf8String, [.v, .m])
    public static let serverCapabilities = AVPKey<AVPGroup>("Server-Capabilities", 603, .threeGPP, .grouped, [.v, .m])
    public static let mandatoryCapability = AVPKey<UInt32>(
        "Mandatory-Capability", 604, .threeGPP, .unsigned32, [.v, .m])
    public static let optionalCapability = AVPKey<UInt32>(
        "Optional-Capability", 605, .threeGPP, .unsigned32, [.v, .m])
    public static let userData = AVPKey<[UInt8]>("User-Data", 606, .threeGPP, .octetString, [.v, .m])
    public static let sipNumberAuthItems = AVPKey<UInt32>(
        "SIP-Number-Auth-Items", 607, .threeGPP, .unsigned32, [.v, .m])
    public static let sipAuthenticationScheme = AVPKey<String>(
        "SIP-Authentication-Scheme", 608, .threeGPP, .utf8String, [.v, .m])
    public static let sipAuthenticate = AVPKey<[UInt8]>("SIP-Authenticate", 609, .threeGPP, .octetString, [.v, .m])
    public static let sipAuthorization = AVPKey<[UInt8]>("SIP-Authorization", 610, .threeGPP, .octetString, [.v, .m])
    public static let sipAuthenticationContext = AVPKey<[UInt8]>(
        "SIP-Authentication-Context", 611, .threeGPP, .octetString, [.v, .m])
    public static let sipAuthDataItem = AVPKey<AVPGroup>("SIP-Auth-Data-Item", 612, .threeGPP, .grouped, [.v, .m])
    public static let sipItemNumber = AVPKey<UInt32>("SIP-Item-Number", 613, .threeGPP, .unsigned32, [.v, .m])
    public static let serverAssignmentType = AVPKey<ServerAssignmentType>(
        "Server-Assignment-Type", 614, .threeGPP, .enumerated, [.v, .m])
    public static let deregistrationReason = AVPKey<AVPGroup>(
        "Deregistration-Reason", 615, .threeGPP, .grouped, [.v, .m])
    public static let reasonCode = AVPKey<ReasonCode>("Reason-Code", 616, .threeGPP, .enumerated, [.v, .m])
    public static let reasonInfo = AVPKey<String>("Reason-Info", 617, .threeGPP, .utf8String, [.v, .m])
    public static let chargingInformation = AVPKey<AVPGroup>(
        "Charging-Information", 618, .threeGPP, .grouped, [.v, .m])
    public static let primaryEventChargingFunctionName = AVPKey<String>(
        "Primary-Event-Charging-Function-Name", 619, .threeGPP, .diameterURI, [.v, .m])
    public static let secondaryEventChargingFunctionName = AVPKey<String>(
        "Secondary-Event-Charging-Function-Name", 620, .threeGPP, .diameterURI, [.v, .m])
    public static let primaryChargingCollectionFunctionName = AVPKey<String>(
        "Primary-Charging-Collection-Function-Name", 621, .threeGPP, .diameterURI, [.v, .m])
    public static let secondaryChargingCollectionFunctionName = AVPKey<String>(
        "Secondary-Charging-Collection-Function-Name", 622, .threeGPP, .diameterURI, [.v, .m])
    public static let userAuthorizationType = AVPKey<UserAuthorizationType>(
        "User-Authorization-Type", 623, .threeGPP, .enumerated, [.v, .m])
    public static let userDataAlreadyAvailable = AVPKey<UserDataAlreadyAvailable>(
        "User-Data-Already-Available", 624, .threeGPP, .enumerated, [.v, .m])
    public static let confidentialityKey = AVPKey<[UInt8]>(
        "Confidentiality-Key", 625, .threeGPP, .octetString, [.v, .m])
    public static let integrityKey = AVPKey<[UInt8]>("Integrity-Key", 626, .threeGPP, .octetString, [.v, .m])
    public static let supportedFeatures = AVPKey<AVPGroup>("Supported-Features", 628, .threeGPP, .grouped, [.v])
    public static let featureListID = AVPKey<UInt32>("Feature-List-ID", 629, .threeGPP, .unsigned32, [.v])
    public static let featureList = AVPKey<UInt32>("Feature-List", 630, .threeGPP, .unsigned32, [.v])
    public static let supportedApplications = AVPKey<AVPGroup>(
        "Supported-Applications", 631, .threeGPP, .grouped, [.v])
    public static let associatedIdentities = AVPKey<AVPGroup>(
        "Associated-Identities", 632, .threeGPP, .grouped, [.v])
    public static let originatingRequest = AVPKey<OriginatingRequest>(
        "Originating-Request", 633, .threeGPP, .enumerated, [.v, .m])
    public static let wildcardedPublicIdentity = AVPKey<String>(
        "Wildcarded-Public-Identity", 634, .threeGPP, .utf8String, [.v])
    public static let sipDigestAuthenticate = AVPKey<AVPGroup>(
        "SIP-Digest-Authenticate", 635, .threeGPP, .grouped, [.v])
    public static let wildcardedIMPU = AVPKey<String>("Wildcarded-IMPU", 636, .threeGPP, .utf8String, [.v])
    public static let uarFlags = AVPKey<UInt32>("UAR-Flags", 637, .threeGPP, .unsigned32, [.v])
    public static let looseRouteIndication = AVPKey<LooseRouteIndication>(
        "Loose-Route-Indication", 638, .threeGPP, .enumerated, [.v])
    public static let scscfRestorationInfo = AVPKey<AVPGroup>(
        "SCSCF-Restoration-Info", 639, .threeGPP, .grouped, [.v])
    public static let path = AVPKey<[UInt8]>("Path", 640, .threeGPP, .octetString, [.v])
    public static let contact = AVPKey<[UInt8]>("Contact", 641, .threeGPP, .octetString, [.v])
    public static let subscriptionInfo = AVPKey<AVPGroup>("Subscription-Info", 642, .threeGPP, .grouped, [.v])
    public static let callIDSIPHeader = AVPKey<[UInt8]>("Call-ID-SIP-Header", 643, .threeGPP, .octetString, [.v])
    public static let fromSIPHeader = AVPKey<[UInt8]>("From-SIP-Header", 644, .threeGPP, .octetString, [.v])
    public static let toSIPHeader = AVPKey<[UInt8]>("To-SIP-Header", 645, .threeGPP, .octetString, [.v])
    public static let recordRoute = AVPKey<[UInt8]>("Record-Route", 646, .threeGPP, .octetString, [.v])
    public static let associatedRegisteredGroups = AVPKey<AVPGroup>(
        "Associated-Registered-Groups", 647, .threeGPP, .grouped, [.v])
    public static let multipleRegistrationIndication = AVPKey<MultipleRegistrationIndication>(
        "Multiple-Registration-Indication", 648, .threeGPP, .enumerated, [.v])
    public static let restorationInfo = AVPKey<AVPGroup>("Restoration-Info", 649, .threeGPP, .grouped, [.v])
    public static let sessionPriority = AVPKey<SessionPriority>(
        "Session-Priority", 650, .threeGPP, .enumerated, [.v])
    public static let identityWithEmergencyRegistration = AVPKey<AVPGroup>(
        "Identity-with-Emergency-Registration", 651, .threeGPP, .grouped, [.v])
    /// The specification's own spelling.
    public static let priviledgedSenderIndication = AVPKey<PriviledgedSenderIndication>(
        "Priviledged-Sender-Indication", 652, .threeGPP, .enumerated, [.v])
    public static let liaFlags = AVPKey<UInt32>("LIA-Flags", 653, .threeGPP, .unsigned32, [.v])
    public static let initialCSeqSequenceNumber = AVPKey<UInt32>(
        "Initial-CSeq-Sequence-Number", 654, .threeGPP, .unsigned32, [.v])
    public static let sarFlags = AVPKey<UInt32>("SAR-Flags", 655, .threeGPP, .unsigned32, [.v])
    public static let allowedWAFWWSFIdentities = AVPKey<AVPGroup>(
        "Allowed-WAF-WWSF-Identities", 656, .threeGPP, .grouped, [.v])
    public static let webRTCAuthenticationFunctionName = AVPKey<String>(
        "WebRTC-Authentication-Function-Name", 657, .threeGPP, .utf8String, [.v])
    public static let webRTCWebServerFunctionName = AVPKey<String>(
        "WebRTC-Web-Server-Function-Name", 658, .threeGPP, .utf8String, [.v])
    public static let rtrFlags = AVPKey<UInt32>("RTR-Flags", 659, .threeGPP, .unsigned32, [.v])
    public static let pcscfSubscriptionInfo = AVPKey<AVPGroup>(
        "P-CSCF-Subscription-Info", 660, .threeGPP, .grouped, [.v])
    public static let registrationTimeOut = AVPKey<DiameterTime>(
        "Registration-Time-Out", 661, .threeGPP, .time, [.v])
    public static let alternateDigestAlgorithm = AVPKey<String>(
        "Alternate-Digest-Algorithm", 662, .threeGPP, .utf8String, [.v])
    public static let alternateDigestHA1 = AVPKey<String>("Alternate-Digest-HA1", 663, .threeGPP, .utf8String, [.v])
    public static let failedPCSCF = AVPKey<AVPGroup>("Failed-PCSCF", 664, .threeGPP, .grouped, [.v])
    public static let pcscfFQDN = AVPKey<String>("PCSCF-FQDN", 665, .threeGPP, .diameterIdentity, [.v])
    public static let pcscfIPAddress = AVPKey<DiameterAddress>("PCSCF-IP-Address", 666, .threeGPP, .address, [.v])
}
