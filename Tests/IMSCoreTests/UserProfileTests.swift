import IMSCore
import Testing

@Suite struct UserProfileTests {
    static let whole = UserProfile(
        privateID: "u&1@home1.net",
        serviceProfiles: [
            ServiceProfile(
                publicIdentities: [
                    PublicIdentity(identity: "sip:001@home1.net", isBarred: true),
                    PublicIdentity(
                        identity: "sip:+1555@home1.net", kind: .distinctPublicUserIdentity,
                        displayName: "A <\"B\"> & C",
                        aliasIdentityGroupID: "1"),
                    PublicIdentity(
                        identity: "sip:x@home1.net", kind: .wildcardedPublicUserIdentity,
                        wildcardedIMPU: "sip:x!.*!@home1.net"),
                ],
                subscribedMediaProfileID: 3,
                initialFilterCriteria: [
                    InitialFilterCriterion(
                        priority: 0,
                        triggerPoint: TriggerPoint(
                            isConjunctive: true,
                            triggers: [
                                ServicePointTrigger(
                                    groups: [0, 1], condition: .method("REGISTER"), registrationTypes: [0, 2]),
                                ServicePointTrigger(
                                    isNegated: true, groups: [1],
                                    condition: .sipHeader(header: "Event", content: "reg|<x>")),
                                ServicePointTrigger(groups: [2], condition: .sipHeader(header: "From", content: nil)),
                                ServicePointTrigger(groups: [2], condition: .sessionCase(4)),
                                ServicePointTrigger(groups: [2], condition: .requestURI("sip:.*")),
                                ServicePointTrigger(
                                    groups: [3], condition: .sessionDescription(line: "m", content: "audio")),
                            ]),
                        applicationServer: ApplicationServer(
                            serverName: "sip:as@home1.net:5080", defaultHandling: .sessionTerminated,
                            serviceInfo: "s&i",
                            includesRegisterRequest: true, includesRegisterResponse: true),
                        profilePart: .unregistered),
                    InitialFilterCriterion(
                        priority: 1, applicationServer: ApplicationServer(serverName: "sip:b@home1.net")),
                ], sharedIFCSetIDs: [1, 2]),
            ServiceProfile(publicIdentities: [PublicIdentity(identity: "tel:+1555")]),
        ])

    private func parse(_ text: String, limits: XMLLimits = .standard) throws -> UserProfile {
        try UserProfile(parsing: Array(text.utf8), limits: limits)
    }

    private func document(_ inside: String) -> String {
        "<IMSSubscription><PrivateID>p</PrivateID><ServiceProfile>" + inside + "</ServiceProfile></IMSSubscription>"
    }

    @Test("TS 29.228 Annex E: a profile written is the profile read")
    func roundTrip() throws {
        #expect(try UserProfile(parsing: Self.whole.xml()) == Self.whole)
    }

    @Test("TS 29.228 Annex B.2.1, TS 24.229 §5.4.1.2.2F: barred identities are not usable, order is kept")
    func usable() throws {
        #expect(Self.whole.usableIdentities.map(\.identity) == ["sip:+1555@home1.net", "sip:x@home1.net", "tel:+1555"])
        let impu = try #require(IMPU("sip:001@HOME1.net:5060"))
        #expect(Self.whole.entry(of: impu)?.isBarred == true)
        #expect(Self.whole.entry(of: try #require(IMPU("sip:002@home1.net"))) == nil)
    }

    @Test("TS 29.228 Annex E: white space, comments, prefixes, attributes, CDATA and unknown elements are tolerated")
    func toleratedForms() throws {
        let text = """
            \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
            <!-- made elsewhere -->
            <x:IMSSubscription xmlns:x="urn:y" a='<'>
            """.replacing("'<'", with: "'&lt;'") + """
                 <x:PrivateID> p@h </x:PrivateID><Extension><New/></Extension>
                 <ServiceProfile><Future><Identity>no</Identity></Future>
                  <PublicIdentity><BarringIndication>0</BarringIndication><Identity><![CDATA[sip:a@h]]></Identity>
                   <Extension><IdentityType>9</IdentityType><Extension><Extension><Unknown/></Extension></Extension></Extension>
                  </PublicIdentity>
                  <PublicIdentity><Identity>sip:b&#64;h&#x41;</Identity></PublicIdentity>
                 </ServiceProfile></x:IMSSubscription>
                <?end?>
                """
        let profile = try parse(text)
        #expect(profile.privateID == "p@h")
        #expect(profile.publicIdentities.map(\.identity) == ["sip:a@h", "sip:b@hA"])
        #expect(profile.publicIdentities[0].kind == nil)
    }

    @Test("TS 29.228 Annex B.2.3: a missing ConditionNegated means not negated")
    func conditionNegatedDefault() throws {
        let profile = try parse(
            document(
                """
                <PublicIdentity><Identity>sip:a@h</Identity></PublicIdentity><InitialFilterCriteria><Priority>1</Priority>
                <TriggerPoint><ConditionTypeCNF>1</ConditionTypeCNF><SPT><Group>0</Group><Method>INVITE</Method></SPT></TriggerPoint>
                <ApplicationServer><ServerName>sip:as</ServerName><DefaultHandling>0</DefaultHandling></ApplicationServer>
                </InitialFilterCriteria>
                """))
        let trigger = profile.serviceProfiles[0].initialFilterCriteria[0].triggerPoint?.triggers[0]
        #expect(trigger == ServicePointTrigger(groups: [0], condition: .method("INVITE")))
    }

    static let refused: [(String, XMLFault.Code)] = [
        ("", .malformed),
        ("<IMSSubscription>", .malformed),
        ("<IMSSubscription></Other>", .malformed),
        ("<IMSSubscription/><IMSSubscription/>", .malformed),
        ("<IMSSubscription a=1/>", .malformed),
        ("x<IMSSubscription/>", .malformed),
        ("<IMSSubscription><PrivateID>a&b</PrivateID></IMSSubscription>", .malformed),
        ("<IMSSubscription><PrivateID>a&#1;b</PrivateID></IMSSubscription>", .malformed),
        ("<IMSSubscription><!-- never ends", .malformed),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]><IMSSubscription/>", .forbidden),
        ("<IMSSubscription><PrivateID>&a;</PrivateID></IMSSubscription>", .forbidden),
        ("<Other/>", .invalid),
        ("<IMSSubscription/>", .invalid),
        ("<IMSSubscription><PrivateID>p</PrivateID></IMSSubscription>", .invalid),
        ("<IMSSubscription><PrivateID>p</PrivateID><ServiceProfile/></IMSSubscription>", .invalid),
        (
            "<IMSSubscription><PrivateID>p</PrivateID><ServiceProfile><PublicIdentity/></ServiceProfile></IMSSubscription>",
            .invalid
        ),
    ]

    @Test("TS 29.228 §6.6, XML 1.0: what is not a profile is refused, never guessed at", arguments: refused)
    func refusals(_ row: (String, XMLFault.Code)) {
        #expect(throws: XMLFault(row.1, "", at: 0)) { try parse(row.0) }
    }

    @Test("XML 1.0 §2.2: bytes that are not UTF-8 are refused")
    func notUTF8() {
        let bytes = Array("<IMSSubscription><PrivateID>".utf8) + [0xFF] + Array("</PrivateID></IMSSubscription>".utf8)
        #expect(throws: XMLFault(.malformed, "", at: 0)) { try UserProfile(parsing: bytes) }
    }

    @Test("every truncation of a whole document is refused, none crashes")
    func truncations() {
        let bytes = Self.whole.xml()
        for length in 0..<bytes.count {
            #expect(throws: XMLFault.self) { try UserProfile(parsing: Array(bytes[..<length])) }
        }
    }

    @Test("limits: bytes, depth, elements, attributes, names")
    func limits() throws {
        let good = document("<PublicIdentity><Identity>sip:a@h</Identity></PublicIdentity>")
        let bytes = good.utf8.count
        #expect(try parse(good, limits: XMLLimits(bytes: bytes)).privateID == "p")
        #expect(throws: XMLFault(.tooLarge, "", at: 0)) { try parse(good, limits: XMLLimits(bytes: bytes - 1)) }
        #expect(try parse(good, limits: XMLLimits(depth: 4)).privateID == "p")
        #expect(throws: XMLFault(.tooLarge, "", at: 0)) { try parse(good, limits: XMLLimits(depth: 3)) }
        #expect(try parse(good, limits: XMLLimits(elements: 5)).privateID == "p")
        #expect(throws: XMLFault(.tooLarge, "", at: 0)) { try parse(good, limits: XMLLimits(elements: 4)) }
        #expect(throws: XMLFault(.tooLarge, "", at: 0)) { try parse(good, limits: XMLLimits(nameBytes: 14)) }
        let attributes = "<IMSSubscription a=\"1\" b=\"2\"/>"
        #expect(throws: XMLFault(.tooLarge, "", at: 0)) {
            try parse(attributes, limits: XMLLimits(attributesPerElement: 1))
        }
    }
}
