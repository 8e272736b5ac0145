import IMSCore
import SIP
import Testing

/// One dial string and what becomes of it.
struct DialRow: Sendable, CustomTestStringConvertible {
    var dialled: String
    /// The new Request-URI; "=" where it stays, "404" where it cannot be dialled.
    var expected: String

    init(_ dialled: String, _ expected: String) {
        self.dialled = dialled
        self.expected = expected
    }

    var testDescription: String { "\(dialled) → \(expected)" }
}

private let home = "ims.mnc001.mcc001.3gppnetwork.org"

@Suite("TS 24.229 §5.4.3.2: what is dialled")
struct NumberingPlanTests {
    /// The lab's plan: North American, as the instance file has it.
    static let lab = NumberingPlan(home: home)

    /// Germany, at home in Berlin.
    static var berlin: NumberingPlan {
        var plan = NumberingPlan(
            countryCode: "49", internationalPrefixes: ["00"], nationalPrefix: "0", nationalLength: 6...11, home: home)
        plan.areaCode = "30"
        plan.localLength = 3...8
        plan.shortCodes = ["115", "116xxx"]
        plan.contexts.append("pbx.example.org")
        return plan
    }

    private func outcome(_ plan: NumberingPlan, _ text: String) throws -> String {
        switch plan.normalise(try AnyURI(parsing: text)) {
        case .unchanged: "="
        case .number(let uri), .shortCode(let uri): uri.description
        case .undialable: "404"
        }
    }

    @Test(
        "RFC 3966 §5.1.4: the same phone dialled in each way is one number",
        arguments: [
            "tel:+15550000002", "tel:+1-555-000-0002", "tel:+1.555.000.0002", "tel:+1(555)0000002",
            "tel:15550000002;phone-context=\(home)", "tel:5550000002;phone-context=\(home)",
            "tel:0015550000002;phone-context=\(home)", "tel:01115550000002;phone-context=\(home)",
            "tel:1-555-000-0002;phone-context=\(home)", "tel:5550000002;phone-context=+1",
            "tel:15550000002;phone-context=+1", "tel:0000002;phone-context=+1-555",
            "tel:5550000002;phone-context=gprs.\(home)", "tel:5550000002;phone-context=\(home.uppercased())",
            "sip:+15550000002@\(home);user=phone", "sip:15550000002@\(home);user=phone",
            "sip:5550000002@\(home);user=phone", "sip:0015550000002@\(home);user=phone",
            "sip:+1-555-000-0002@\(home);user=phone", "sip:555%200000002@\(home);user=phone",
            "sip:5550000002;phone-context=\(home)@\(home);user=phone", "sip:5550000002@\(home);USER=Phone",
            "sips:+15550000002@\(home);user=phone", "sip:+15550000002@\(home):5060;user=phone",
            // Without user=phone: what can be nothing but a number.
            "sip:+15550000002@\(home)", "sip:15550000002@\(home)", "sip:5550000002@\(home)",
            "sip:0015550000002@\(home)",
        ])
    func oneNumber(_ dialled: String) throws {
        #expect(try outcome(Self.lab, dialled) == "tel:+15550000002")
    }

    @Test(
        "TS 24.229 §5.4.3.2: what is no number of ours stays as it is",
        arguments: [
            "sip:alice@\(home)", "sip:1001@\(home)", "sip:001010000000001@\(home)",
            "sip:001010000000001@\(home);user=phone", "sip:+15550000002@example.org;user=phone", "urn:service:sos",
            "sip:\(home)", "tel:5550000002;phone-context=example.org", "mailto:a@example.org", "sip:a-1@\(home)",
            "sip:conference+1@\(home)", "sip:+1555x@\(home)",
        ])
    func stays(_ dialled: String) throws {
        #expect(try outcome(Self.lab, dialled) == "=")
    }

    @Test(
        "ITU-T E.164 §7: national, local and international dialling in a plan with trunk prefix and area code",
        arguments: [
            DialRow("tel:03012345678;phone-context=\(home)", "tel:+493012345678"),
            DialRow("tel:015112345678;phone-context=\(home)", "tel:+4915112345678"),
            DialRow("tel:004915112345678;phone-context=\(home)", "tel:+4915112345678"),
            DialRow("tel:0015550000002;phone-context=\(home)", "tel:+15550000002"),
            DialRow("tel:12345678;phone-context=\(home)", "tel:+493012345678"),
            DialRow("tel:49123456;phone-context=\(home)", "tel:+493049123456"),
            DialRow("tel:4915112345678;phone-context=\(home)", "tel:+4915112345678"),
            DialRow("tel:12345678;phone-context=+49-30", "tel:+493012345678"),
            DialRow("tel:015112345678;phone-context=+49", "tel:+4915112345678"),
            DialRow("tel:5550000002;phone-context=+1", "tel:+15550000002"),
            DialRow("tel:12345678;phone-context=pbx.example.org", "tel:+493012345678"),
            DialRow("sip:030/12@\(home)", "="),
            DialRow("tel:0030123;phone-context=\(home)", "tel:+30123"),
            DialRow("tel:00;phone-context=\(home)", "404"),
            DialRow("tel:0000;phone-context=\(home)", "404"),
        ])
    func nationalPlan(_ row: DialRow) throws {
        #expect(try outcome(Self.berlin, row.dialled) == row.expected)
    }

    @Test(
        "TS 24.229 §5.4.3.2: short codes and service codes are kept, in the home network's context",
        arguments: [
            DialRow("tel:115;phone-context=\(home)", "tel:115;phone-context=\(home)"),
            DialRow("tel:116117;phone-context=+49", "tel:116117;phone-context=\(home)"),
            DialRow("sip:115@\(home);user=phone", "tel:115;phone-context=\(home)"),
            DialRow("sip:115@\(home)", "="),
            DialRow("tel:*21*12345678#;phone-context=\(home)", "tel:*21*12345678#;phone-context=\(home)"),
            DialRow("tel:%2331;phone-context=\(home)", "parse"),
            DialRow("sip:%2a%2306%23@\(home);user=phone", "tel:*#06#;phone-context=\(home)"),
            DialRow("tel:+49116117", "tel:+49116117"),
        ])
    func shortCodes(_ row: DialRow) throws {
        guard row.expected != "parse" else {
            #expect(throws: SIPParseError.self) { try AnyURI(parsing: row.dialled) }
            return
        }
        #expect(try outcome(Self.berlin, row.dialled) == row.expected)
    }

    @Test("a bare number no rule fits is taken as an MSISDN, unless the plan says otherwise")
    func bareMSISDN() throws {
        var plan = Self.lab
        #expect(try outcome(plan, "tel:4915112345678;phone-context=\(home)") == "tel:+4915112345678")
        #expect(try outcome(plan, "sip:100001@\(home);user=phone") == "tel:+100001")
        #expect(try outcome(plan, "tel:0123;phone-context=\(home)") == "404")
        plan.takesBareMSISDN = false
        #expect(try outcome(plan, "tel:4915112345678;phone-context=\(home)") == "404")
        #expect(try outcome(plan, "sip:100001@\(home);user=phone") == "404")
        #expect(try outcome(plan, "tel:15550000002;phone-context=\(home)") == "tel:+15550000002")
    }

    @Test(
        "ITU-T E.164 §6.1: at most fifteen digits, no country code begins with zero",
        arguments: ["tel:+1234567890123456", "tel:+0123456", "tel:+1"])
    func bounds(_ dialled: String) throws {
        #expect(try outcome(Self.lab, dialled) == "404")
    }

    @Test("RFC 3966 §3: the other parameters stay, the phone-context goes")
    func parameters() throws {
        #expect(
            try outcome(Self.lab, "tel:5550000002;isub=12;phone-context=\(home);cpc=payphone")
                == "tel:+15550000002;isub=12;cpc=payphone")
        #expect(
            try outcome(Self.lab, "sip:5550000002;ext=7@\(home);user=phone;transport=tcp")
                == "tel:+15550000002;ext=7")
    }

    @Test("TS 24.229 §5.3.2.1: the I-CSCF makes a tel URI of a global number only")
    func interrogating() throws {
        func tel(_ text: String) throws -> String? {
            TelURI(phoneNumberIn: try SIPURI(parsing: text))?.description
        }
        #expect(try tel("sip:+1-555-000-0002@example.org;user=phone") == "tel:+15550000002")
        #expect(try tel("sip:+15550000002;ext=7@example.org;user=phone") == "tel:+15550000002;ext=7")
        #expect(try tel("sip:5550000002@example.org;user=phone") == nil)
        #expect(try tel("sip:+15550000002@example.org") == nil)
        #expect(try tel("sip:example.org;user=phone") == nil)
    }

    @Test("TS 24.229 §5.3.2.1: a number may be provisioned as tel or sip URI")
    func identities() throws {
        let number = try #require(E164Number(global: "+1-555-000-0002"))
        #expect(Self.lab.identities(of: number) == ["tel:+15550000002", "sip:+15550000002@\(home)"])
    }
}

@Suite("TS 23.228 §4.3.3.4: aliases within the implicit registration set")
struct AliasTests {
    private let imsi = PublicIdentity(identity: "sip:001010000000001@\(home)", isBarred: true)
    private let sip = PublicIdentity(identity: "sip:+15550000001@\(home)")
    private let tel = PublicIdentity(identity: "tel:+15550000001")
    private let other = PublicIdentity(identity: "tel:+15550000009")

    private func impu(_ text: String) throws -> IMPU { try #require(IMPU(text)) }

    @Test("TS 24.229 §5.4.3.2: a SIP identity's counterpart is the tel URI of its number, and the other way round")
    func counterpart() throws {
        let profile = UserProfile(
            privateID: "001010000000001@\(home)",
            serviceProfiles: [ServiceProfile(publicIdentities: [imsi, other, sip, tel])])
        #expect(profile.counterpart(of: try impu(sip.identity)) == tel)
        #expect(profile.counterpart(of: try impu(tel.identity)) == sip)
        #expect(profile.counterpart(of: try impu(other.identity)) == sip)
        #expect(profile.counterpart(of: try impu("tel:+1999")) == nil)
    }

    @Test("TS 29.228 §6.6: barred identities and those of another alias group are no aliases")
    func groups() throws {
        var grouped = tel
        grouped.aliasIdentityGroupID = "a"
        let profile = UserProfile(
            privateID: "x@\(home)",
            serviceProfiles: [
                ServiceProfile(publicIdentities: [imsi, sip, grouped]), ServiceProfile(publicIdentities: [other]),
            ])
        #expect(profile.aliases(of: try impu(sip.identity)).isEmpty)
        #expect(profile.counterpart(of: try impu(tel.identity)) == nil)
    }
}
