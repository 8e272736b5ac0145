/// Result-Code (268) values. RFC 6733 §7.1
public struct ResultCode: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public var rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable public init(integerLiteral value: UInt32) { self.rawValue = value }

    public static let multiRoundAuth = ResultCode(rawValue: 1001)
    public static let success = ResultCode(rawValue: 2001)
    public static let limitedSuccess = ResultCode(rawValue: 2002)
    public static let commandUnsupported = ResultCode(rawValue: 3001)
    public static let unableToDeliver = ResultCode(rawValue: 3002)
    public static let realmNotServed = ResultCode(rawValue: 3003)
    public static let tooBusy = ResultCode(rawValue: 3004)
    public static let loopDetected = ResultCode(rawValue: 3005)
    public static let redirectIndication = ResultCode(rawValue: 3006)
    public static let applicationUnsupported = ResultCode(rawValue: 3007)
    public static let invalidHeaderBits = ResultCode(rawValue: 3008)
    public static let invalidAVPBits = ResultCode(rawValue: 3009)
    public static let unknownPeer = ResultCode(rawValue: 3010)
    public static let authenticationRejected = ResultCode(rawValue: 4001)
    public static let outOfSpace = ResultCode(rawValue: 4002)
    public static let electionLost = ResultCode(rawValue: 4003)
    public static let avpUnsupported = ResultCode(rawValue: 5001)
    public static let unknownSessionID = ResultCode(rawValue: 5002)
    public static let authorizationRejected = ResultCode(rawValue: 5003)
    public static let invalidAVPValue = ResultCode(rawValue: 5004)
    public static let missingAVP = ResultCode(rawValue: 5005)
    public static let resourcesExceeded = ResultCode(rawValue: 5006)
    public static let contradictingAVPs = ResultCode(rawValue: 5007)
    public static let avpNotAllowed = ResultCode(rawValue: 5008)
    public static let avpOccursTooManyTimes = ResultCode(rawValue: 5009)
    public static let noCommonApplication = ResultCode(rawValue: 5010)
    public static let unsupportedVersion = ResultCode(rawValue: 5011)
    public static let unableToComply = ResultCode(rawValue: 5012)
    public static let invalidBitInHeader = ResultCode(rawValue: 5013)
    public static let invalidAVPLength = ResultCode(rawValue: 5014)
    public static let invalidMessageLength = ResultCode(rawValue: 5015)
    public static let invalidAVPBitCombo = ResultCode(rawValue: 5016)
    public static let noCommonSecurity = ResultCode(rawValue: 5017)

    /// 2xxx: the request was done. RFC 6733 §7.1.2
    @inlinable public var isSuccess: Bool { rawValue / 1000 == 2 }
    /// 3xxx: answered with the E bit, in the format of §7.2, since the command's own grammar may not fit.
    @inlinable public var isProtocolError: Bool { rawValue / 1000 == 3 }

    /// Names as RFC 6733 writes them, in order of number.
    public static let names: [(code: ResultCode, name: String)] = [
        (.multiRoundAuth, "DIAMETER_MULTI_ROUND_AUTH"), (.success, "DIAMETER_SUCCESS"),
        (.limitedSuccess, "DIAMETER_LIMITED_SUCCESS"), (.commandUnsupported, "DIAMETER_COMMAND_UNSUPPORTED"),
        (.unableToDeliver, "DIAMETER_UNABLE_TO_DELIVER"), (.realmNotServed, "DIAMETER_REALM_NOT_SERVED"),
        (.tooBusy, "DIAMETER_TOO_BUSY"), (.loopDetected, "DIAMETER_LOOP_DETECTED"),
        (.redirectIndication, "DIAMETER_REDIRECT_INDICATION"),
        (.applicationUnsupported, "DIAMETER_APPLICATION_UNSUPPORTED"),
        (.invalidHeaderBits, "DIAMETER_INVALID_HDR_BITS"), (.invalidAVPBits, "DIAMETER_INVALID_AVP_BITS"),
        (.unknownPeer, "DIAMETER_UNKNOWN_PEER"), (.authenticationRejected, "DIAMETER_AUTHENTICATION_REJECTED"),
        (.outOfSpace, "DIAMETER_OUT_OF_SPACE"), (.electionLost, "ELECTION_LOST"),
        (.avpUnsupported, "DIAMETER_AVP_UNSUPPORTED"), (.unknownSessionID, "DIAMETER_UNKNOWN_SESSION_ID"),
        (.authorizationRejected, "DIAMETER_AUTHORIZATION_REJECTED"),
        (.invalidAVPValue, "DIAMETER_INVALID_AVP_VALUE"), (.missingAVP, "DIAMETER_MISSING_AVP"),
        (.resourcesExceeded, "DIAMETER_RESOURCES_EXCEEDED"), (.contradictingAVPs, "DIAMETER_CONTRADICTING_AVPS"),
        (.avpNotAllowed, "DIAMETER_AVP_NOT_ALLOWED"),
        (.avpOccursTooManyTimes, "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES"),
        (.noCommonApplication, "DIAMETER_NO_COMMON_APPLICATION"),
        (.unsupportedVersion, "DIAMETER_UNSUPPORTED_VERSION"), (.unableToComply, "DIAMETER_UNABLE_TO_COMPLY"),
        (.invalidBitInHeader, "DIAMETER_INVALID_BIT_IN_HEADER"),
        (.invalidAVPLength, "DIAMETER_INVALID_AVP_LENGTH"),
        (.invalidMessageLength, "DIAMETER_INVALID_MESSAGE_LENGTH"),
        (.invalidAVPBitCombo, "DIAMETER_INVALID_AVP_BIT_COMBO"),
        (.noCommonSecurity, "DIAMETER_NO_COMMON_SECURITY"),
    ]

    public var description: String {
        Self.names.first { $0.code == self }.map { "\($0.name) (\(rawValue))" } ?? String(rawValue)
    }
}

/// Experimental-Result (297): a vendor's result code. Numbers overlap with the base ones (base 5003 is
/// AUTHORIZATION_REJECTED, 3GPP 5003 is IDENTITY_NOT_REGISTERED), so the two are never one type.
public struct ExperimentalResult: Hashable, Sendable, CustomStringConvertible {
    public var vendor: Vendor
    public var code: UInt32

    @inlinable public init(vendor: Vendor, code: UInt32) {
        self.vendor = vendor
        self.code = code
    }

    /// TS 29.229 §6.2.1, success.
    public static let firstRegistration = ExperimentalResult(vendor: .threeGPP, code: 2001)
    public static let subsequentRegistration = ExperimentalResult(vendor: .threeGPP, code: 2002)
    public static let unregisteredService = ExperimentalResult(vendor: .threeGPP, code: 2003)
    public static let successServerNameNotStored = ExperimentalResult(vendor: .threeGPP, code: 2004)
    /// TS 29.229 §6.2.2, permanent failures.
    public static let userUnknown = ExperimentalResult(vendor: .threeGPP, code: 5001)
    public static let identitiesDontMatch = ExperimentalResult(vendor: .threeGPP, code: 5002)
    public static let identityNotRegistered = ExperimentalResult(vendor: .threeGPP, code: 5003)
    public static let roamingNotAllowed = ExperimentalResult(vendor: .threeGPP, code: 5004)
    public static let identityAlreadyRegistered = ExperimentalResult(vendor: .threeGPP, code: 5005)
    public static let authSchemeNotSupported = ExperimentalResult(vendor: .threeGPP, code: 5006)
    public static let inAssignmentType = ExperimentalResult(vendor: .threeGPP, code: 5007)
    public static let tooMuchData = ExperimentalResult(vendor: .threeGPP, code: 5008)
    public static let notSupportedUserData = ExperimentalResult(vendor: .threeGPP, code: 5009)
    public static let featureUnsupported = ExperimentalResult(vendor: .threeGPP, code: 5011)
    public static let servingNodeFeatureUnsupported = ExperimentalResult(vendor: .threeGPP, code: 5012)
    /// TS 29.272 §7.4.3, permanent failures; 5001 and 5004 are those of Cx.
    public static let unknownEPSSubscription = ExperimentalResult(vendor: .threeGPP, code: 5420)
    public static let ratNotAllowed = ExperimentalResult(vendor: .threeGPP, code: 5421)
    public static let equipmentUnknown = ExperimentalResult(vendor: .threeGPP, code: 5422)
    public static let unknownServingNode = ExperimentalResult(vendor: .threeGPP, code: 5423)
    /// TS 29.272 §7.4.4, transient failure.
    public static let authenticationDataUnavailable = ExperimentalResult(vendor: .threeGPP, code: 4181)

    @inlinable public var isSuccess: Bool { code / 1000 == 2 }

    /// Names as TS 29.229 and TS 29.272 write them.
    public static let names: [(result: ExperimentalResult, name: String)] = [
        (.firstRegistration, "DIAMETER_FIRST_REGISTRATION"),
        (.subsequentRegistration, "DIAMETER_SUBSEQUENT_REGISTRATION"),
        (.unregisteredService, "DIAMETER_UNREGISTERED_SERVICE"),
        (.successServerNameNotStored, "DIAMETER_SUCCESS_SERVER_NAME_NOT_STORED"),
        (.userUnknown, "DIAMETER_ERROR_USER_UNKNOWN"),
        (.identitiesDontMatch, "DIAMETER_ERROR_IDENTITIES_DONT_MATCH"),
        (.identityNotRegistered, "DIAMETER_ERROR_IDENTITY_NOT_REGISTERED"),
        (.roamingNotAllowed, "DIAMETER_ERROR_ROAMING_NOT_ALLOWED"),
        (.identityAlreadyRegistered, "DIAMETER_ERROR_IDENTITY_ALREADY_REGISTERED"),
        (.authSchemeNotSupported, "DIAMETER_ERROR_AUTH_SCHEME_NOT_SUPPORTED"),
        (.inAssignmentType, "DIAMETER_ERROR_IN_ASSIGNMENT_TYPE"),
        (.tooMuchData, "DIAMETER_ERROR_TOO_MUCH_DATA"),
        (.notSupportedUserData, "DIAMETER_ERROR_NOT_SUPPORTED_USER_DATA"),
        (.featureUnsupported, "DIAMETER_ERROR_FEATURE_UNSUPPORTED"),
        (.servingNodeFeatureUnsupported, "DIAMETER_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED"),
        (.unknownEPSSubscription, "DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION"),
        (.ratNotAllowed, "DIAMETER_ERROR_RAT_NOT_ALLOWED"),
        (.equipmentUnknown, "DIAMETER_ERROR_EQUIPMENT_UNKNOWN"),
        (.unknownServingNode, "DIAMETER_ERROR_UNKOWN_SERVING_NODE"),
        (.authenticationDataUnavailable, "DIAMETER_AUTHENTICATION_DATA_UNAVAILABLE"),
    ]

    public var description: String {
        Self.names.first { $0.result == self }.map { "\($0.name) (\(code))" } ?? "vendor \(vendor.rawValue) \(code)"
    }
}

/// What an answer says, whichever AVP says it.
public enum DiameterResult: Hashable, Sendable, CustomStringConvertible {
    case base(ResultCode)
    case experimental(ExperimentalResult)

    @inlinable public var isSuccess: Bool {
        switch self {
        case .base(let code): code.isSuccess
        case .experimental(let result): result.isSuccess
        }
    }

    public var description: String {
        switch self {
        case .base(let code): code.description
        case .experimental(let result): result.description
        }
    }
}
