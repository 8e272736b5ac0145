extension UserProfile {
    /// The document for a User-Data AVP, TS 29.228 Annex E; elements in the schema's order.
    public func xml() -> [UInt8] {
        var writer = XMLWriter()
        writer.element("IMSSubscription") { writer in
            writer.element("PrivateID", privateID)
            for profile in serviceProfiles { profile.write(to: &writer) }
        }
        return writer.bytes
    }
}

extension ServiceProfile {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("ServiceProfile") { writer in
            for identity in publicIdentities { identity.write(to: &writer) }
            if let subscribedMediaProfileID {
                writer.element("CoreNetworkServicesAuthorization") {
                    $0.element("SubscribedMediaProfileId", subscribedMediaProfileID)
                }
            }
            for criterion in initialFilterCriteria { criterion.write(to: &writer) }
            if !sharedIFCSetIDs.isEmpty {
                writer.element("Extension") { writer in
                    for id in sharedIFCSetIDs { writer.element("SharedIFCSetID", id) }
                }
            }
        }
    }
}

extension PublicIdentity {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("PublicIdentity") { writer in
            if isBarred { writer.element("BarringIndication", true) }
            writer.element("Identity", identity)
            let hasThird = wildcardedIMPU != nil
            let hasSecond = hasThird || displayName != nil || aliasIdentityGroupID != nil
            guard hasSecond || kind != nil else { return }
            // Each release's additions sit in the extension of the one before.
            writer.element("Extension") { writer in
                writer.element("IdentityType", kind?.rawValue)
                guard hasSecond else { return }
                writer.element("Extension") { writer in
                    writer.element("DisplayName", displayName)
                    writer.element("AliasIdentityGroupID", aliasIdentityGroupID)
                    guard hasThird else { return }
                    writer.element("Extension") { $0.element("WildcardedIMPU", wildcardedIMPU) }
                }
            }
        }
    }
}

extension InitialFilterCriterion {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("InitialFilterCriteria") { writer in
            writer.element("Priority", priority)
            if let triggerPoint {
                writer.element("TriggerPoint") { writer in
                    writer.element("ConditionTypeCNF", triggerPoint.isConjunctive)
                    for trigger in triggerPoint.triggers { trigger.write(to: &writer) }
                }
            }
            applicationServer.write(to: &writer)
            writer.element("ProfilePartIndicator", profilePart?.rawValue)
        }
    }
}

extension ServicePointTrigger {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("SPT") { writer in
            writer.element("ConditionNegated", isNegated)
            for group in groups { writer.element("Group", group) }
            switch condition {
            case .requestURI(let uri): writer.element("RequestURI", uri)
            case .method(let method): writer.element("Method", method)
            case .sipHeader(let header, let content):
                writer.element("SIPHeader") {
                    $0.element("Header", header)
                    $0.element("Content", content)
                }
            case .sessionCase(let value): writer.element("SessionCase", value)
            case .sessionDescription(let line, let content):
                writer.element("SessionDescription") {
                    $0.element("Line", line)
                    $0.element("Content", content)
                }
            }
            guard !registrationTypes.isEmpty else { return }
            writer.element("Extension") { writer in
                for type in registrationTypes { writer.element("RegistrationType", type) }
            }
        }
    }
}

extension ApplicationServer {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("ApplicationServer") { writer in
            writer.element("ServerName", serverName)
            writer.element("DefaultHandling", defaultHandling?.rawValue)
            writer.element("ServiceInfo", serviceInfo)
            guard includesRegisterRequest || includesRegisterResponse else { return }
            writer.element("Extension") { writer in
                if includesRegisterRequest { writer.element("IncludeRegisterRequest") { _ in } }
                if includesRegisterResponse { writer.element("IncludeRegisterResponse") { _ in } }
            }
        }
    }
}
