/// Server-Assignment-Type (614). TS 29.229 §6.3.15. Cx has 0 to 11; 12 to 14 are SWx's (TS 29.273) and refused.
public struct ServerAssignmentType: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let noAssignment = ServerAssignmentType(rawValue: 0)
    public static let registration = ServerAssignmentType(rawValue: 1)
    public static let reRegistration = ServerAssignmentType(rawValue: 2)
    public static let unregisteredUser = ServerAssignmentType(rawValue: 3)
    public static let timeoutDeregistration = ServerAssignmentType(rawValue: 4)
    public static let userDeregistration = ServerAssignmentType(rawValue: 5)
    public static let timeoutDeregistrationStoreServerName = ServerAssignmentType(rawValue: 6)
    public static let userDeregistrationStoreServerName = ServerAssignmentType(rawValue: 7)
    public static let administrativeDeregistration = ServerAssignmentType(rawValue: 8)
    public static let authenticationFailure = ServerAssignmentType(rawValue: 9)
    public static let authenticationTimeout = ServerAssignmentType(rawValue: 10)
    public static let deregistrationTooMuchData = ServerAssignmentType(rawValue: 11)
    public static let names: [(value: Int32, name: String)] = [
        (0, "NO_ASSIGNMENT"), (1, "REGISTRATION"), (2, "RE_REGISTRATION"), (3, "UNREGISTERED_USER"),
        (4, "TIMEOUT_DEREGISTRATION"), (5, "USER_DEREGISTRATION"), (6, "TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME"),
        (7, "USER_DEREGISTRATION_STORE_SERVER_NAME"), (8, "ADMINISTRATIVE_DEREGISTRATION"),
        (9, "AUTHENTICATION_FAILURE"), (10, "AUTHENTICATION_TIMEOUT"), (11, "DEREGISTRATION_TOO_MUCH_DATA"),
    ]
}

/// Reason-Code (616). TS 29.229 §6.3.17
public struct ReasonCode: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let permanentTermination = ReasonCode(rawValue: 0)
    public static let newServerAssigned = ReasonCode(rawValue: 1)
    public static let serverChange = ReasonCode(rawValue: 2)
    public static let removeSCSCF = ReasonCode(rawValue: 3)
    public static let names: [(value: Int32, name: String)] = [
        (0, "PERMANENT_TERMINATION"), (1, "NEW_SERVER_ASSIGNED"), (2, "SERVER_CHANGE"), (3, "REMOVE_S-CSCF"),
    ]
}

/// User-Authorization-Type (623). TS 29.229 §6.3.24; absent means REGISTRATION.
public struct UserAuthorizationType: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let registration = UserAuthorizationType(rawValue: 0)
    public static let deRegistration = UserAuthorizationType(rawValue: 1)
    public static let registrationAndCapabilities = UserAuthorizationType(rawValue: 2)
    public static let names: [(value: Int32, name: String)] = [
        (0, "REGISTRATION"), (1, "DE_REGISTRATION"), (2, "REGISTRATION_AND_CAPABILITIES"),
    ]
}

/// User-Data-Already-Available (624). TS 29.229 §6.3.26
public struct UserDataAlreadyAvailable: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let notAvailable = UserDataAlreadyAvailable(rawValue: 0)
    public static let alreadyAvailable = UserDataAlreadyAvailable(rawValue: 1)
    public static let names: [(value: Int32, name: String)] = [
        (0, "USER_DATA_NOT_AVAILABLE"), (1, "USER_DATA_ALREADY_AVAILABLE"),
    ]
}

/// Originating-Request (633). TS 29.229 §6.3.34
public struct OriginatingRequest: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let originating = OriginatingRequest(rawValue: 0)
    public static let names: [(value: Int32, name: String)] = [
        (0, "ORIGINATING")
    ]
}

/// Loose-Route-Indication (638). TS 29.229 §6.3.45
public struct LooseRouteIndication: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let notRequired = LooseRouteIndication(rawValue: 0)
    public static let required = LooseRouteIndication(rawValue: 1)
    public static let names: [(value: Int32, name: String)] = [
        (0, "LOOSE_ROUTE_NOT_REQUIRED"), (1, "LOOSE_ROUTE_REQUIRED"),
    ]
}

/// Multiple-Registration-Indication (648). TS 29.229 §6.3.51
public struct MultipleRegistrationIndication: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let notMultiple = MultipleRegistrationIndication(rawValue: 0)
    public static let multiple = MultipleRegistrationIndication(rawValue: 1)
    public static let names: [(value: Int32, name: String)] = [
        (0, "NOT_MULTIPLE_REGISTRATION"), (1, "MULTIPLE_REGISTRATION"),
    ]
}

/// Session-Priority (650). TS 29.229 §6.3.56
public struct SessionPriority: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let priority0 = SessionPriority(rawValue: 0)
    public static let priority1 = SessionPriority(rawValue: 1)
    public static let priority2 = SessionPriority(rawValue: 2)
    public static let priority3 = SessionPriority(rawValue: 3)
    public static let priority4 = SessionPriority(rawValue: 4)
    public static let names: [(value: Int32, name: String)] = [
        (0, "PRIORITY-0"), (1, "PRIORITY-1"), (2, "PRIORITY-2"), (3, "PRIORITY-3"), (4, "PRIORITY-4"),
    ]
}

/// Priviledged-Sender-Indication (652). TS 29.229 §6.3.58
public struct PriviledgedSenderIndication: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let notPriviledged = PriviledgedSenderIndication(rawValue: 0)
    public static let priviledged = PriviledgedSenderIndication(rawValue: 1)
    public static let names: [(value: Int32, name: String)] = [
        (0, "NOT_PRIVILEDGED_SENDER"), (1, "PRIVILEDGED_SENDER"),
    ]
}
