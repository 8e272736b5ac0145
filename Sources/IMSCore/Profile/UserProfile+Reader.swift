extension UserProfile {
    /// Reads the document of a User-Data AVP, TS 29.228 Annex E. Elements unknown to us are passed over, wherever they
    /// stand; missing obligatory ones are `.invalid`.
    public init(parsing bytes: [UInt8], limits: XMLLimits = .standard) throws(XMLFault) {
        var parser = try XMLPullParser(bytes, limits: limits)
        guard case .start("IMSSubscription") = try parser.next() else {
            throw XMLFault(.invalid, "IMSSubscription expected", at: parser.offset)
        }
        var privateID: String?
        var profiles: [ServiceProfile] = []
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "PrivateID": privateID = try parser.text()
            case "ServiceProfile": profiles.append(try ServiceProfile(reading: &parser))
            default: try parser.skip()
            }
        }
        while try parser.next() != .endOfDocument {}
        guard let privateID, !privateID.isEmpty, !profiles.isEmpty else {
            throw XMLFault(.invalid, "PrivateID and ServiceProfile are obligatory", at: parser.offset)
        }
        self.init(privateID: privateID, serviceProfiles: profiles)
    }
}

extension ServiceProfile {
    fileprivate init(reading parser: inout XMLPullParser) throws(XMLFault) {
        self.init(publicIdentities: [])
        try read(&parser)
        guard !publicIdentities.isEmpty else {
            throw XMLFault(.invalid, "PublicIdentity is obligatory", at: parser.offset)
        }
    }

    private mutating func read(_ parser: inout XMLPullParser) throws(XMLFault) {
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "PublicIdentity": publicIdentities.append(try PublicIdentity(reading: &parser))
            case "InitialFilterCriteria": initialFilterCriteria.append(try InitialFilterCriterion(reading: &parser))
            case "SharedIFCSetID": sharedIFCSetIDs.append(try parser.integer(0...Int(Int32.max)))
            case "SubscribedMediaProfileId": subscribedMediaProfileID = try parser.integer(0...Int(Int32.max))
            case "CoreNetworkServicesAuthorization", "Extension": try read(&parser)
            default: try parser.skip()
            }
        }
    }
}

extension PublicIdentity {
    fileprivate init(reading parser: inout XMLPullParser) throws(XMLFault) {
        self.init(identity: "")
        try read(&parser)
        guard !identity.isEmpty else { throw XMLFault(.invalid, "Identity is obligatory", at: parser.offset) }
    }

    private mutating func read(_ parser: inout XMLPullParser) throws(XMLFault) {
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "Identity": identity = try parser.text()
            case "BarringIndication": isBarred = try parser.flag()
            // A kind of a later release is not ours to judge: the identity is kept, its kind unknown.
            case "IdentityType": kind = Kind(rawValue: try parser.integer(0...255))
            case "DisplayName": displayName = try parser.text()
            case "AliasIdentityGroupID": aliasIdentityGroupID = try parser.text()
            case "WildcardedIMPU": wildcardedIMPU = try parser.text()
            case "Extension": try read(&parser)
            default: try parser.skip()
            }
        }
    }
}

extension InitialFilterCriterion {
    fileprivate init(reading parser: inout XMLPullParser) throws(XMLFault) {
        var priority: Int?
        var server: ApplicationServer?
        var point: TriggerPoint?
        var part: ProfilePart?
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "Priority": priority = try parser.integer(0...Int(Int32.max))
            case "TriggerPoint": point = try TriggerPoint(reading: &parser)
            case "ApplicationServer": server = try ApplicationServer(reading: &parser)
            case "ProfilePartIndicator": part = ProfilePart(rawValue: try parser.integer(0...1))
            default: try parser.skip()
            }
        }
        guard let priority, let server else {
            throw XMLFault(.invalid, "Priority and ApplicationServer are obligatory", at: parser.offset)
        }
        self.init(priority: priority, triggerPoint: point, applicationServer: server, profilePart: part)
    }
}

extension TriggerPoint {
    fileprivate init(reading parser: inout XMLPullParser) throws(XMLFault) {
        self.init(isConjunctive: false, triggers: [])
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "ConditionTypeCNF": isConjunctive = try parser.flag()
            case "SPT": triggers.append(try ServicePointTrigger(reading: &parser))
            default: try parser.skip()
            }
        }
    }
}

extension ServicePointTrigger {
    fileprivate init(reading parser: inout XMLPullParser) throws(XMLFault) {
        var condition: Condition?
        var negated = false
        var groups: [Int] = []
        var types: [Int] = []
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "ConditionNegated": negated = try parser.flag()
            case "Group": groups.append(try parser.integer(0...Int(Int32.max)))
            case "RequestURI": condition = .requestURI(try parser.text())
            case "Method": condition = .method(try parser.text())
            case "SessionCase": condition = .sessionCase(try parser.integer(0...255))
            case "SIPHeader":
                let pair = try Self.pair(&parser, "Header")
                condition = .sipHeader(header: pair.key, content: pair.content)
            case "SessionDescription":
                let pair = try Self.pair(&parser, "Line")
                condition = .sessionDescription(line: pair.key, content: pair.content)
            case "Extension": types += try Self.registrationTypes(&parser)
            default: try parser.skip()
            }
        }
        guard let condition else { throw XMLFault(.invalid, "SPT without a condition", at: parser.offset) }
        self.init(isNegated: negated, groups: groups, condition: condition, registrationTypes: types)
    }

    private static func pair(
        _ parser: inout XMLPullParser, _ key: String
    ) throws(XMLFault) -> (key: String, content: String?) {
        var found = ""
        var content: String?
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case key: found = try parser.text()
            case "Content": content = try parser.text()
            default: try parser.skip()
            }
        }
        guard !found.isEmpty else { throw XMLFault(.invalid, "\(key) is obligatory", at: parser.offset) }
        return (found, content)
    }

    private static func registrationTypes(_ parser: inout XMLPullParser) throws(XMLFault) -> [Int] {
        var types: [Int] = []
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "RegistrationType": types.append(try parser.integer(0...2))
            default: try parser.skip()
            }
        }
        return types
    }
}

extension ApplicationServer {
    fileprivate init(reading parser: inout XMLPullParser) throws(XMLFault) {
        self.init(serverName: "")
        try read(&parser)
        guard !serverName.isEmpty else { throw XMLFault(.invalid, "ServerName is obligatory", at: parser.offset) }
    }

    private mutating func read(_ parser: inout XMLPullParser) throws(XMLFault) {
        try parser.children { (parser, name) throws(XMLFault) in
            switch name {
            case "ServerName": serverName = try parser.text()
            case "DefaultHandling": defaultHandling = DefaultHandling(rawValue: try parser.integer(0...1))
            case "ServiceInfo": serviceInfo = try parser.text()
            case "IncludeRegisterRequest":
                includesRegisterRequest = true
                try parser.skip()
            case "IncludeRegisterResponse":
                includesRegisterResponse = true
                try parser.skip()
            case "Extension": try read(&parser)
            default: try parser.skip()
            }
        }
    }
}
