import Testing

@testable import Diameter

@Suite("Command grammar")
struct CommandRuleTests {
    private func check(_ message: DiameterMessage) -> DiameterFault? { CommandTable.standard.check(message) }

    @Test("each command with what its grammar requires passes, and without any one of these is 5005 showing it")
    func requiredAVPs() throws {
        for rule in CommandTable.standard.rules {
            for isRequest in [true, false] {
                let message = Samples.least(rule, isRequest: isRequest)
                #expect(check(message) == nil, "\(rule.name)")
                #expect(try DiameterMessage.decode(message.encode()).1.isEmpty, "\(rule.name)")
                for place in message.places {
                    var less = message
                    less.replace(place.start..<place.next, with: [])
                    let fault = try #require(check(less), "\(rule.name) without \(place.code)")
                    #expect(fault.code == .missingAVP)
                    let shown = AVPGroup(view: fault.failed, 0..<fault.failed.count)
                    let example = try #require(shown.find(place.code, place.vendor, from: 0))
                    let format = try #require(AVPDictionary.standard.definition(place.code, place.vendor)?.format)
                    #expect(example.data.count == format.leastLength)
                }
            }
        }
    }

    @Test("RFC 6733 §5.3.1: a CER may lack Host-IP-Address, as Kamailio's first does, but nothing else; a CEA may not")
    func capabilitiesWithoutAddress() throws {
        let rule = try #require(CommandTable.standard.rule(BaseCommands.capabilitiesExchange, Application.base))
        var cer = Samples.least(rule, isRequest: true)
        cer[Base.hostIPAddress] = nil
        #expect(check(cer) == nil)
        cer[Base.vendorID] = nil
        #expect(check(cer)?.code == .missingAVP)
        var cea = Samples.least(rule, isRequest: false)
        cea[Base.hostIPAddress] = nil
        #expect(check(cea)?.code == .missingAVP)
    }

    @Test("RFC 6733 §7.1.5: one too many is 5009 and shows the first beyond")
    func tooMany() throws {
        var uar = Samples.uar()
        uar.add(Base.userName, "second")
        let fault = try #require(check(uar))
        #expect(fault.code == .avpOccursTooManyTimes)
        #expect(AVPGroup(view: fault.failed, 0..<fault.failed.count)[Base.userName] == "second")
    }

    @Test("RFC 6733 §7.1.5: what must not be there is 5008")
    func notAllowed() throws {
        let table = CommandTable(
            [
                CommandRule(
                    "Test", "T", 1, 0, isProxiable: false, request: [.never(Base.userName)], answer: [])
            ], vendors: [])
        var message = DiameterMessage(1, application: 0, flags: [.request])
        #expect(table.check(message) == nil)
        message.add(Base.userName, "x")
        #expect(table.check(message)?.code == .avpNotAllowed)
    }

    @Test("RFC 6733 §7.5: what a group lacks is shown inside that group")
    func insideGroups() throws {
        var uar = Samples.uar()
        uar[Base.vendorSpecificApplicationID] = AVPGroup { $0.add(Base.authApplicationID, Application.cx) }
        let fault = try #require(check(uar))
        #expect(fault.code == .missingAVP)
        let shown = AVPGroup(view: fault.failed, 0..<fault.failed.count)
        #expect(shown[Base.vendorSpecificApplicationID]?[Base.vendorID] == 0)
    }

    @Test func unknownCommandsAre3001() {
        #expect(
            check(DiameterMessage(306, application: Application.cx, flags: [.request]))?.code == .commandUnsupported)
        #expect(
            check(DiameterMessage(300, application: Application.sh, flags: [.request]))?.code == .commandUnsupported)
    }

    @Test("TS 29.229 §6.1: a real exchange's messages comply")
    func kamailiosRequests() {
        var sar = Samples.least(
            CommandTable.standard.rule(CxCommands.serverAssignment, Application.cx)!, isRequest: true)
        sar.add(code: 494, vendor: 50, flags: [.v], data: Array("1-22700@127.0.0.1".utf8))
        sar.add(Cx.publicIdentity, "sip:a@home")
        sar.add(Cx.publicIdentity, "sip:b@home")
        #expect(check(sar) == nil)
    }
}
