import Testing

@testable import Diameter

@Suite("S6a dictionary and commands")
struct S6aDictionaryTests {
    @Test(
        "TS 29.272 §7.3.1: code, name, and the M bit of what an MME and an HSS must understand",
        arguments: [
            (1400, "Subscription-Data"), (1405, "ULR-Flags"), (1406, "ULA-Flags"), (1407, "Visited-PLMN-Id"),
            (1408, "Requested-EUTRAN-Authentication-Info"), (1410, "Number-Of-Requested-Vectors"),
            (1411, "Re-Synchronization-Info"), (1413, "Authentication-Info"), (1414, "E-UTRAN-Vector"),
            (1420, "Cancellation-Type"), (1429, "APN-Configuration-Profile"), (1430, "APN-Configuration"),
            (1435, "AMBR"), (1447, "RAND"), (1448, "XRES"), (1449, "AUTN"), (1450, "KASME"), (701, "MSISDN"),
        ] as [(UInt32, String)])
    func mandatoryRows(code: UInt32, name: String) throws {
        let row = try #require(AVPDictionary.standard.definition(code, .threeGPP))
        #expect(row.name == name && row.flags == [.v, .m])
    }

    @Test(
        "TS 29.272 §7.2: commands by number, R and P set, short names as in the specification",
        arguments: [
            (316, "ULR"), (317, "CLR"), (318, "AIR"), (319, "IDR"), (320, "DSR"), (321, "PUR"), (323, "NOR"),
        ] as [(UInt32, String)])
    func commands(code: UInt32, name: String) throws {
        let rule = try #require(CommandTable.standard.rule(code, Application.s6a))
        #expect(rule.requestFlags == [.request, .proxiable])
        let message = DiameterMessage(code, application: Application.s6a, flags: rule.requestFlags)
        #expect(message.shortName == name)
    }

    @Test("TS 29.272 §7.2.5: an AIR may lack Vendor-Specific-Application-Id; without Visited-PLMN-Id it is 5005")
    func request() throws {
        let rule = try #require(CommandTable.standard.rule(S6aCommands.authenticationInformation, Application.s6a))
        var air = Samples.least(rule, isRequest: true)
        #expect(!air.has(Base.vendorSpecificApplicationID) && CommandTable.standard.check(air) == nil)
        air[S6a.visitedPLMNID] = nil
        let fault = try #require(CommandTable.standard.check(air))
        #expect(fault.code == .missingAVP && fault.detail.contains("Visited-PLMN-Id"))
    }

    @Test("TS 29.272 §7.1.8: an answer names the application and 3GPP, as every answer of S6a does")
    func answer() throws {
        let rule = try #require(CommandTable.standard.rule(S6aCommands.purgeUE, Application.s6a))
        let answer = Samples.least(rule, isRequest: true).answer(.success, from: Samples.hss)
        #expect(answer[Base.vendorSpecificApplicationID]?[Base.authApplicationID] == 16_777_251)
        #expect(answer[Base.authSessionState] == .noStateMaintained)
        #expect(CommandTable.standard.check(answer) == nil)
    }

    @Test("TS 29.272 §7.4.3: results by name")
    func results() {
        #expect(
            ExperimentalResult.unknownEPSSubscription.description == "DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION (5420)")
        #expect(Set(ExperimentalResult.names.map(\.result)).count == ExperimentalResult.names.count)
    }
}
