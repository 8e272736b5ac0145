import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// The P-CSCF's table of contacts, with a home network that answers as the test says.
@Suite("TS 24.229 §5.2.2.1: what the P-CSCF keeps of a registration")
struct PCSCFBindingTests {
    private static let home = CoreWorld.home

    /// A core whose I-CSCF accepts every REGISTER as it stands: the set of `sip:work@` and the set of all others.
    private func core() throws -> CoreWorld {
        let core = try CoreWorld()
        core.icscfNode.crash()
        try core.impersonate(CoreWorld.icscfAddress) { request in
            var answer = SIPWriter.response(to: request, status: 200, toTag: "h")
            let isGone = request.text(.expires) == "0"
            guard !isGone, let contact = request.text(.contact) else { return answer }
            let isWork = request.text(.to)?.contains("sip:work@") == true
            answer.add(.contact, contact + ";expires=600")
            answer.add(.serviceRoute, "<sip:orig@scscf.test;lr>")
            answer.add(
                .pAssociatedURI, isWork ? "<sip:work@\(Self.home)>, <tel:+1666>" : "<sip:u@\(Self.home)>, <tel:+1555>")
            answer.add(.securityServer, "ipsec-3gpp;alg=forged")
            return answer
        }
        return core
    }

    private func ue(_ core: CoreWorld, _ impu: String, impi: String = "u@\(home)", host: UInt8 = 1) throws -> TestUE {
        try core.ue(TestSubscriber(impi: impi, impu: impu, msisdn: ""), host: host, port: 5090 + UInt16(host))
    }

    private func associated(_ core: CoreWorld) -> [Report?] { core.registrationsAtPCSCF().map { $0["identities"] } }

    @Test("TS 23.003 §13.3: one private identity however its realm is spelt")
    func canonicalIMPI() throws {
        let core = try core()
        let ue = try ue(core, "sip:u@\(Self.home)")
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 200)
        ue.subscriber.impi = "u@\(Self.home.uppercased())"
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 200)
        #expect(core.registrationsAtPCSCF().map { $0["impi"] } == [.text("u@\(Self.home)")])
        // And without Authorization it is derived: the same one.
        #expect(ue.register(expires: 0, authorization: nil)?.status == 200)
        #expect(core.registrationsAtPCSCF().isEmpty)
    }

    @Test("TS 23.228 §5.2.1a: two implicit sets of one private identity stand beside each other, and go one by one")
    func twoSets() throws {
        let core = try core()
        let own = try ue(core, "sip:u@\(Self.home)")
        #expect(own.register(authorization: own.initialAuthorization)?.status == 200)
        let work = try ue(core, "sip:work@\(Self.home)", host: 2)
        work.contact = own.contact
        #expect(work.register(authorization: work.initialAuthorization)?.status == 200)
        let sets: [Report?] = [
            .list([.text("sip:u@\(Self.home)"), .text("tel:+1555")]),
            .list([.text("sip:work@\(Self.home)"), .text("tel:+1666")]),
        ]
        #expect(associated(core) == sets)
        // By another identity of the set.
        work.subscriber.impu = "tel:+1666"
        #expect(work.register(expires: 0, authorization: work.initialAuthorization)?.status == 200)
        #expect(associated(core) == [sets[0]])
    }

    @Test("RFC 3329 §2.3: what the core says of security agreement does not reach the UE: the P-CSCF makes it")
    func forgedSecurityServer() throws {
        let core = try core()
        let ue = try ue(core, "sip:u@\(Self.home)")
        #expect(ue.register(authorization: ue.initialAuthorization)?.has(.securityServer) == false)
    }
}
