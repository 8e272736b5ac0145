/// Enumerations of S6a's AVPs.
extension S6a {
    /// Cancellation-Type (1420). TS 29.272 §7.3.24
    public struct CancellationType: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let mmeUpdateProcedure = CancellationType(rawValue: 0)
        public static let sgsnUpdateProcedure = CancellationType(rawValue: 1)
        public static let subscriptionWithdrawal = CancellationType(rawValue: 2)
        public static let updateProcedureIWF = CancellationType(rawValue: 3)
        public static let initialAttachProcedure = CancellationType(rawValue: 4)
        public static let names: [(value: Int32, name: String)] = [
            (0, "MME_UPDATE_PROCEDURE"), (1, "SGSN_UPDATE_PROCEDURE"), (2, "SUBSCRIPTION_WITHDRAWAL"),
            (3, "UPDATE_PROCEDURE_IWF"), (4, "INITIAL_ATTACH_PROCEDURE"),
        ]
    }

    /// Network-Access-Mode (1417). TS 29.272 §7.3.21
    public struct NetworkAccessMode: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let packetAndCircuit = NetworkAccessMode(rawValue: 0)
        public static let onlyPacket = NetworkAccessMode(rawValue: 2)
        public static let names: [(value: Int32, name: String)] = [
            (0, "PACKET_AND_CIRCUIT"), (1, "Reserved"), (2, "ONLY_PACKET"),
        ]
    }

    /// Subscriber-Status (1424). TS 29.272 §7.3.29
    public struct SubscriberStatus: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let serviceGranted = SubscriberStatus(rawValue: 0)
        public static let operatorDeterminedBarring = SubscriberStatus(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "SERVICE_GRANTED"), (1, "OPERATOR_DETERMINED_BARRING"),
        ]
    }

    /// All-APN-Configurations-Included-Indicator (1428). TS 29.272 §7.3.33
    public struct APNConfigurationsIncluded: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let all = APNConfigurationsIncluded(rawValue: 0)
        public static let modifiedOrAdded = APNConfigurationsIncluded(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "ALL_APN_CONFIGURATIONS_INCLUDED"), (1, "MODIFIED/ADDED_APN_CONFIGURATIONS_INCLUDED"),
        ]
    }

    /// VPLMN-Dynamic-Address-Allowed (1432). TS 29.272 §7.3.38
    public struct VPLMNDynamicAddress: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let notAllowed = VPLMNDynamicAddress(rawValue: 0)
        public static let allowed = VPLMNDynamicAddress(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "NOTALLOWED"), (1, "ALLOWED"),
        ]
    }

    /// PDN-GW-Allocation-Type (1438). TS 29.272 §7.3.44
    public struct PDNGWAllocationType: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let fixed = PDNGWAllocationType(rawValue: 0)
        public static let dynamic = PDNGWAllocationType(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "STATIC"), (1, "DYNAMIC"),
        ]
    }

    /// PDN-Type (1456). TS 29.272 §7.3.62
    public struct PDNType: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let ipv4 = PDNType(rawValue: 0)
        public static let ipv6 = PDNType(rawValue: 1)
        public static let ipv4v6 = PDNType(rawValue: 2)
        public static let ipv4OrIPv6 = PDNType(rawValue: 3)
        public static let names: [(value: Int32, name: String)] = [
            (0, "IPv4"), (1, "IPv6"), (2, "IPv4v6"), (3, "IPv4_OR_IPv6"),
        ]
    }

    /// Alert-Reason (1434). TS 29.272 §7.3.83
    public struct AlertReason: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let uePresent = AlertReason(rawValue: 0)
        public static let ueMemoryAvailable = AlertReason(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "UE_PRESENT"), (1, "UE_MEMORY_AVAILABLE"),
        ]
    }

    /// Error-Diagnostic (1614). TS 29.272 §7.3.128
    public struct ErrorDiagnostic: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let gprsDataSubscribed = ErrorDiagnostic(rawValue: 0)
        public static let noGPRSDataSubscribed = ErrorDiagnostic(rawValue: 1)
        public static let odbAllAPN = ErrorDiagnostic(rawValue: 2)
        public static let odbHPLMNAPN = ErrorDiagnostic(rawValue: 3)
        public static let odbVPLMNAPN = ErrorDiagnostic(rawValue: 4)
        public static let names: [(value: Int32, name: String)] = [
            (0, "GPRS_DATA_SUBSCRIBED"), (1, "NO_GPRS_DATA_SUBSCRIBED"), (2, "ODB-ALL-APN"), (3, "ODB-HPLMN-APN"),
            (4, "ODB-VPLMN-APN"),
        ]
    }

    /// UE-SRVCC-Capability (1615). TS 29.272 §7.3.130
    public struct UESRVCCCapability: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let notSupported = UESRVCCCapability(rawValue: 0)
        public static let supported = UESRVCCCapability(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "UE-SRVCC-NOT-SUPPORTED"), (1, "UE-SRVCC-SUPPORTED"),
        ]
    }

    /// IMS-Voice-Over-PS-Sessions-Supported (1492) and its homogeneous sister (1493). TS 29.272 §7.3.106, §7.3.107
    public struct Support: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let notSupported = Support(rawValue: 0)
        public static let supported = Support(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "NOT_SUPPORTED"), (1, "SUPPORTED"),
        ]
    }

    /// SMS-Register-Request (1648). TS 29.272 §7.3.162
    public struct SMSRegisterRequest: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let required = SMSRegisterRequest(rawValue: 0)
        public static let notPreferred = SMSRegisterRequest(rawValue: 1)
        public static let noPreference = SMSRegisterRequest(rawValue: 2)
        public static let names: [(value: Int32, name: String)] = [
            (0, "SMS_REGISTRATION_REQUIRED"), (1, "SMS_REGISTRATION_NOT_PREFERRED"), (2, "NO_PREFERENCE"),
        ]
    }

    /// RAT-Type (1032). TS 29.212 §5.3.31; the dictionary takes others too, since releases go on adding some.
    public struct RATType: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let wlan = RATType(rawValue: 0)
        public static let utran = RATType(rawValue: 1000)
        public static let geran = RATType(rawValue: 1001)
        public static let eutran = RATType(rawValue: 1004)
        public static let nbIoT = RATType(rawValue: 1005)
        public static let names: [(value: Int32, name: String)] = [
            (0, "WLAN"), (1000, "UTRAN"), (1001, "GERAN"), (1004, "EUTRAN"), (1005, "EUTRAN-NB-IoT"),
        ]
    }

    /// Pre-emption-Capability (1047). TS 29.212 §5.3.46
    public struct PreemptionCapability: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let enabled = PreemptionCapability(rawValue: 0)
        public static let disabled = PreemptionCapability(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "PRE-EMPTION_CAPABILITY_ENABLED"), (1, "PRE-EMPTION_CAPABILITY_DISABLED"),
        ]
    }

    /// Pre-emption-Vulnerability (1048). TS 29.212 §5.3.47
    public struct PreemptionVulnerability: AVPEnumeration {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let enabled = PreemptionVulnerability(rawValue: 0)
        public static let disabled = PreemptionVulnerability(rawValue: 1)
        public static let names: [(value: Int32, name: String)] = [
            (0, "PRE-EMPTION_VULNERABILITY_ENABLED"), (1, "PRE-EMPTION_VULNERABILITY_DISABLED"),
        ]
    }
}
