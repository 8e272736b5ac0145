import Testing

@testable import Diameter

@Suite("Diameter message")
struct MessageTests {
    @Test("RFC 6733 §3: header fields stand where the RFC draws them")
    func headerLayout() {
        let message = DiameterMessage(
            0x01_02_03, application: 0x04_05_06_07, flags: [.request, .error], hopByHop: 0x08_09_0A_0B,
            endToEnd: 0x0C_0D_0E_0F)
        #expect(message.encode() == [1, 0, 0, 20, 0xA0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
    }

    @Test("RFC 6733 §4.1: an AVP is padded to four bytes, its length is not; V carries the vendor")
    func avpLayout() {
        var message = DiameterMessage(1, application: 0, flags: [])
        message.add(Base.originHost, "abcde")
        message.add(Cx.serverName, "xy")
        #expect(
            Array(message.bytes[20...]) == [
                0, 0, 1, 8, 0x40, 0, 0, 13, 97, 98, 99, 100, 101, 0, 0, 0,
                0, 0, 2, 0x5A, 0xC0, 0, 0, 14, 0, 0, 0x28, 0xAF, 120, 121, 0, 0,
            ])
        #expect(message.encode()[3] == UInt8(message.bytes.count))
    }

    @Test func everyTypeRoundTripsThroughItsKey() throws {
        var message = Samples.uar()
        message[Cx.userAuthorizationType] = .registrationAndCapabilities
        message[Cx.uarFlags] = 1
        message[Base.eventTimestamp] = DiameterTime(unixSeconds: 1_700_000_000)
        message[Base.accountingSubSessionID] = 1 << 40
        message.add(Base.hostIPAddress, .v4(0x7F00_0001))
        message.add(Base.hostIPAddress, .v6(high: 0x2001_0DB8 << 32, low: 1))
        message.add(Base.hostIPAddress, .other(family: 8, [1, 2, 3]))
        let (read, faults) = try DiameterMessage.decode(message.encode())
        #expect(faults.isEmpty)
        #expect(read[Base.userName] == "001010000000001@home")
        #expect(read[Cx.visitedNetworkIdentifier] == Array("\"home\"".utf8))
        #expect(read[Cx.userAuthorizationType] == .registrationAndCapabilities)
        #expect(read[Cx.uarFlags] == 1)
        #expect(read[Base.eventTimestamp]?.unixSeconds == 1_700_000_000)
        #expect(read[Base.accountingSubSessionID] == 1 << 40)
        #expect(
            read.all(Base.hostIPAddress) == [
                .v4(0x7F00_0001), .v6(high: 0x2001_0DB8 << 32, low: 1), .other(family: 8, [1, 2, 3]),
            ])
        let group = try #require(read[Base.vendorSpecificApplicationID])
        #expect(group[Base.vendorID] == 10415)
        #expect(group[Base.authApplicationID] == Application.cx)
    }

    @Test("RFC 4330 §3: times after 2036 lie in the second NTP era")
    func timeAfter2036() {
        let later = DiameterTime(unixSeconds: 2_200_000_000)
        var bytes: [UInt8] = []
        later.write(to: &bytes)
        #expect(bytes[0] & 0x80 == 0)
        #expect(DiameterTime(avp: bytes, in: 0..<4) == later)
    }

    @Test func assigningReplacesEveryOccurrenceByOne() {
        var message = DiameterMessage(1, application: 0, flags: [])
        message.add(Base.userName, "a")
        message.add(Base.originHost, "host")
        message.add(Base.userName, "b")
        message.add(Base.userName, "c")
        message[Base.userName] = "longer name"
        #expect(message.all(Base.userName) == ["longer name"])
        #expect(message[Base.originHost] == "host")
        message[Base.userName] = nil
        #expect(!message.has(Base.userName))
        #expect(message.places.count == 1)
        #expect(Int(message.bytes[3]) == message.bytes.count)
    }

    @Test func aGroupReadFromAMessageCanBeChangedWithoutTouchingIt() {
        let message = Samples.uar()
        var group = message[Base.vendorSpecificApplicationID] ?? AVPGroup()
        group[Base.authApplicationID] = 5
        group.add(Base.acctApplicationID, 6)
        #expect(group[Base.vendorID] == 10415)
        #expect(group[Base.authApplicationID] == 5)
        #expect(message[Base.vendorSpecificApplicationID]?[Base.authApplicationID] == Application.cx)
        var changed = message
        changed[Base.vendorSpecificApplicationID] = group
        #expect(changed[Base.vendorSpecificApplicationID]?.all(Base.acctApplicationID) == [6])
    }

    @Test func aKeyOfAnotherVendorIsAnotherAVP() {
        var message = DiameterMessage(1, application: 0, flags: [])
        message.add(Base.load, AVPGroup())
        message.add(Cx.sessionPriority, .priority2)
        #expect(message[Cx.sessionPriority] == .priority2)
        #expect(message[Base.load] != nil)
    }

    @Test func namesForTraces() {
        #expect(Samples.uar().shortName == "UAR")
        #expect(Samples.uar().answer(.success, from: Samples.hss).shortName == "UAA")
        #expect(DiameterMessage(999, application: 5, flags: [.request]).shortName == "999R")
    }
}

@Suite("Diameter answers")
struct AnswerTests {
    @Test("RFC 6733 §6.2: identifiers, Session-Id first, P and Proxy-Info come from the request")
    func answerCopies() {
        var request = Samples.uar(hopByHop: 77, endToEnd: 88)
        for host in ["p1", "p2"] {
            request.add(
                Base.proxyInfo,
                AVPGroup {
                    $0.add(Base.proxyHost, host)
                    $0.add(Base.proxyState, Array(host.utf8))
                })
        }
        request.flags.insert(.retransmitted)
        let answer = request.answer(.success, from: Samples.hss)
        #expect(answer.flags == [.proxiable])
        #expect(answer.hopByHop == 77 && answer.endToEnd == 88)
        #expect(answer.places.first?.code == Base.sessionID.code)
        #expect(answer[Base.sessionID] == "icscf.home;1;2")
        #expect(answer.all(Base.proxyInfo).compactMap { $0[Base.proxyHost] } == ["p1", "p2"])
        #expect(answer[Base.originHost] == "hss.home")
        #expect(answer[Base.authSessionState] == .noStateMaintained)
        #expect(answer.result == .base(.success))
        #expect(CommandTable.standard.check(answer) == nil)
    }

    @Test("RFC 6733 §7.2: protocol errors carry the E bit and not the command's own AVPs")
    func protocolErrors() {
        let answer = Samples.uar().answer(.tooBusy, from: Samples.hss)
        #expect(answer.flags == [.proxiable, .error])
        #expect(answer.result == .base(.tooBusy))
        #expect(!answer.has(Base.vendorSpecificApplicationID))
        #expect(CommandTable.standard.check(answer) == nil)
    }

    @Test("RFC 6733 §7.6: a 3GPP result stands in Experimental-Result, without the E bit")
    func experimental() {
        let answer = Samples.uar().answer(.identityNotRegistered, from: Samples.hss)
        #expect(answer.flags == [.proxiable])
        #expect(answer.result == .experimental(.identityNotRegistered))
        #expect(answer.result != .base(.authorizationRejected), "5003 means two things")
        #expect(answer[Base.experimentalResult]?[Base.vendorID] == 10415)
        #expect(!answer.has(Base.resultCode))
    }

    @Test("RFC 6733 §7.5: a refusal shows the AVP it is about")
    func failedAVP() throws {
        var shown: [UInt8] = []
        AVPScan.append(Cx.publicIdentity.code, .threeGPP, [.v, .m], to: &shown) { _ in }
        let fault = DiameterFault(.missingAVP, failed: shown, "Public-Identity is missing")
        let answer = Samples.uar().answer(fault, from: Samples.hss)
        #expect(answer.result == .base(.missingAVP))
        #expect(answer[Base.failedAVP]?.has(Cx.publicIdentity) == true)
        #expect(answer[Base.errorMessage] == "Public-Identity is missing")
        #expect(try DiameterMessage.decode(answer.encode()).1.isEmpty, "what Failed-AVP shows is not judged")
    }

    @Test func resultsHaveNames() {
        #expect(ResultCode.unknownPeer.description == "DIAMETER_UNKNOWN_PEER (3010)")
        #expect(ExperimentalResult.userUnknown.description == "DIAMETER_ERROR_USER_UNKNOWN (5001)")
        #expect(DiameterResult.base(.limitedSuccess).isSuccess)
        #expect(DiameterResult.experimental(.unregisteredService).isSuccess)
        #expect(!DiameterResult.experimental(.userUnknown).isSuccess)
        #expect(ResultCode(rawValue: 5999).description == "5999")
        #expect(Set(ResultCode.names.map(\.code)).count == ResultCode.names.count)
    }
}
