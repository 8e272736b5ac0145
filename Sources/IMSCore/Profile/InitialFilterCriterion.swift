/// When a request is sent to an application server, TS 29.228 Annex B.2.2; `ServiceCriteria` evaluates it.
public struct InitialFilterCriterion: Hashable, Sendable {
    /// TS 29.228 Annex E, `tProfilePartIndicator`.
    public enum ProfilePart: Int, Hashable, Sendable { case registered = 0, unregistered }

    /// Lower is evaluated first.
    public var priority: Int
    /// Nil matches every request.
    public var triggerPoint: TriggerPoint?
    public var applicationServer: ApplicationServer
    public var profilePart: ProfilePart?

    public init(
        priority: Int, triggerPoint: TriggerPoint? = nil, applicationServer: ApplicationServer,
        profilePart: ProfilePart? = nil
    ) {
        self.priority = priority
        self.triggerPoint = triggerPoint
        self.applicationServer = applicationServer
        self.profilePart = profilePart
    }
}

/// A boolean expression over service point triggers, TS 29.228 Annex B.2.3.
public struct TriggerPoint: Hashable, Sendable {
    /// True: AND of OR groups (conjunctive normal form); false: OR of AND groups.
    public var isConjunctive: Bool
    public var triggers: [ServicePointTrigger]

    public init(isConjunctive: Bool, triggers: [ServicePointTrigger]) {
        self.isConjunctive = isConjunctive
        self.triggers = triggers
    }
}

/// One condition of a trigger point, TS 29.228 Annex B.2.3 and Annex F.
public struct ServicePointTrigger: Hashable, Sendable {
    public enum Condition: Hashable, Sendable {
        case requestURI(String)
        case method(String)
        case sipHeader(header: String, content: String?)
        /// 0 originating, 1 terminating registered, 2 terminating unregistered, 3 originating unregistered,
        /// 4 originating after call diversion.
        case sessionCase(Int)
        case sessionDescription(line: String, content: String?)
    }

    /// Missing in the document means not negated.
    public var isNegated: Bool
    /// The groups the condition belongs to; it may be in several.
    public var groups: [Int]
    public var condition: Condition
    /// For `Method` REGISTER: 0 initial, 1 re-registration, 2 de-registration.
    public var registrationTypes: [Int]

    public init(isNegated: Bool = false, groups: [Int], condition: Condition, registrationTypes: [Int] = []) {
        self.isNegated = isNegated
        self.groups = groups
        self.condition = condition
        self.registrationTypes = registrationTypes
    }
}

/// The application server of an initial filter criterion, TS 29.228 Annex B.2.2.
public struct ApplicationServer: Hashable, Sendable {
    /// TS 29.228 Annex E, `tDefaultHandling`.
    public enum DefaultHandling: Int, Hashable, Sendable { case sessionContinued = 0, sessionTerminated }

    /// A SIP URI.
    public var serverName: String
    public var defaultHandling: DefaultHandling?
    public var serviceInfo: String?
    public var includesRegisterRequest: Bool
    public var includesRegisterResponse: Bool

    public init(
        serverName: String, defaultHandling: DefaultHandling? = nil, serviceInfo: String? = nil,
        includesRegisterRequest: Bool = false, includesRegisterResponse: Bool = false
    ) {
        self.serverName = serverName
        self.defaultHandling = defaultHandling
        self.serviceInfo = serviceInfo
        self.includesRegisterRequest = includesRegisterRequest
        self.includesRegisterResponse = includesRegisterResponse
    }
}
