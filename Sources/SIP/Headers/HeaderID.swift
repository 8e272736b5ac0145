/// A header field this core knows by name. What is known about it is its row in `HeaderTable`.
///
/// Adding a header: one case here, one row there. Headers without a row are `.other`; they are kept and forwarded as
/// they came.
public enum HeaderID: UInt8, CaseIterable, Hashable, Sendable {
    case other
    // RFC 3261 §20
    case accept, acceptEncoding, acceptLanguage, alertInfo, allow, authenticationInfo, authorization, callID, callInfo,
        contact
    case contentDisposition, contentEncoding, contentLanguage, contentLength, contentType, cseq, date, errorInfo,
        expires, from
    case inReplyTo, maxForwards, mimeVersion, minExpires, organization, priority, proxyAuthenticate, proxyAuthorization,
        proxyRequire
    case recordRoute, replyTo, require, retryAfter, route, server, subject, supported, timestamp, to, unsupported,
        userAgent, via
    case warning, wwwAuthenticate
    // RFC 3262, 3903, 6665
    case rAck, rSeq, sipETag, sipIfMatch, allowEvents, event, subscriptionState, suppressIfMatch
    // RFC 3323 – 3329
    case privacy, pAssertedIdentity, pPreferredIdentity, reason, path, securityClient, securityServer, securityVerify
    // RFC 7315 (3455) and other P-headers
    case pAccessNetworkInfo, pAssociatedURI, pCalledPartyID, pChargingFunctionAddresses, pChargingVector,
        pVisitedNetworkID
    case pMediaAuthorization, pUserDatabase, pProfileKey, pEarlyMedia, pServedUser, pPreferredService, pAssertedService,
        pRefusedURIList
    case pAnswerState, pPrivateNetworkIndication, pChargeInfo
    // Transfers and call control
    case referTo, referSub, referredBy, replaces, join, targetDialog, serviceRoute, sessionExpires, minSE, userToUser,
        sessionID
    // Caller preferences, priorities, answer modes
    case acceptContact, rejectContact, requestDisposition, resourcePriority, acceptResourcePriority, answerMode,
        privAnswerMode
    // Outbound, overload, forking, policies, consent
    case flowTimer, maxBreadth, policyContact, policyID, permissionMissing, triggerConsent
    // INFO packages, location, capabilities, history, identity
    case infoPackage, recvInfo, geolocation, geolocationError, geolocationRouting, featureCaps, historyInfo, diversion,
        identity
    case identityInfo, contentID
    // TS 24.229 §7.2
    case additionalIdentity, attestationInfo, cellularNetworkInfo, originationID, priorityShare, priorityVerstat,
        relayedCharge
    case resourceShare, responseSource, restorationInfo, serviceInteractInfo

    /// The header's name as its specification spells it; empty for `.other`.
    public var name: String { HeaderTable[self].name }
}
