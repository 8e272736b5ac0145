import Testing

@testable import Diameter

@Suite("Capabilities exchange, RFC 6733 §5.3")
struct CapabilitiesTests {
    private func node(_ applications: [DiameterApplication], security: [UInt32] = []) -> DiameterCapabilities {
        DiameterCapabilities(
            host: "h", realm: "r", addresses: [.v4(0x7F00_0001)], vendorID: 10415, productName: "p", originStateID: 5,
            supportedVendors: [10415], applications: applications, inbandSecurity: security)
    }

    @Test func roundTrip() {
        let own = node([
            .cx, DiameterApplication(id: 3, vendor: .ietf, kind: .acct), DiameterApplication(id: 4, vendor: .ietf),
        ])
        var cer = DiameterMessage(BaseCommands.capabilitiesExchange, application: 0, flags: [.request])
        own.write(to: &cer)
        let read = DiameterCapabilities(cer)
        #expect(Set(read.applications) == Set(own.applications))
        #expect(read.host == own.host && read.realm == own.realm && read.addresses == own.addresses)
        #expect(read.originStateID == 5 && read.supportedVendors == [10415])
        #expect(CommandTable.standard.check(cer) == nil)
        #expect(!cer.has(Base.inbandSecurityID))
    }

    @Test("5010 without a common application; a relay has all; vendors need not agree")
    func commonApplications() {
        let own = node([.cx])
        #expect(
            own.refusal(of: node([DiameterApplication(id: Application.sh, vendor: .threeGPP)])) == .noCommonApplication)
        #expect(own.refusal(of: node([])) == .noCommonApplication)
        #expect(own.refusal(of: node([DiameterApplication(id: Application.relay, vendor: .ietf)])) == nil)
        #expect(own.common(with: node([DiameterApplication(id: Application.relay, vendor: .ietf)])) == [Application.cx])
        #expect(own.refusal(of: node([DiameterApplication(id: Application.cx, vendor: .ietf)])) == nil)
    }

    @Test("RFC 6733 §6.10: Inband-Security-Id NONE or absent goes, TLS alone is 5017")
    func security() {
        #expect(node([.cx]).refusal(of: node([.cx], security: [0])) == nil)
        #expect(node([.cx]).refusal(of: node([.cx], security: [1, 0])) == nil)
        #expect(node([.cx]).refusal(of: node([.cx], security: [1])) == .noCommonSecurity)
    }

    @Test("all places an application can be named in are read, several in one group too")
    func everyPlace() {
        var cer = DiameterMessage(BaseCommands.capabilitiesExchange, application: 0, flags: [.request])
        cer.add(Base.authApplicationID, 1)
        cer.add(Base.acctApplicationID, 2)
        cer.add(
            Base.vendorSpecificApplicationID,
            AVPGroup {
                $0.add(Base.vendorID, 10415)
                $0.add(Base.authApplicationID, 3)
                $0.add(Base.acctApplicationID, 4)
            })
        #expect(DiameterCapabilities(cer).applications.map(\.id) == [1, 2, 3, 4])
    }
}
