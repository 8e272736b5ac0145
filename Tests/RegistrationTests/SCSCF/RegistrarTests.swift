import Diameter
import IMSCore
import RoleKit
import SIP
import Testing

@testable import SCSCF

@Suite("TS 23.228 §5.2.1a: implicit registration sets")
struct RegistrarTests {
    private func profile(_ identities: String...) -> UserProfile {
        let list = identities.map { PublicIdentity(identity: $0, isBarred: $0.contains("barred")) }
        return UserProfile(privateID: "p", serviceProfiles: [ServiceProfile(publicIdentities: list)])
    }

    @Test("every identity of the set leads to it, and none once its last binding has gone")
    func implicitSet() throws {
        var registrar = Registrar()
        let sip = try #require(IMPU("sip:a@ims.test"))
        let tel = try #require(IMPU("tel:+1555"))
        let id = registrar.install(profile("sip:a@IMS.test:5060", "tel:+1-555"), for: sip, token: "t", hss: nil)
        registrar.bind(try RegisterFixture.binding(10, "sip:a@10.0.0.1"), in: id)
        registrar.bind(try RegisterFixture.binding(11, "sip:a@10.0.0.2"), in: id)
        #expect(registrar.set(of: tel)?.id == id)
        let first = registrar.unbind(10)
        #expect(first?.serial == 10)
        #expect(registrar.set(of: sip)?.bindings.map(\.serial) == [11])
        let last = registrar.unbind(11)
        let none = registrar.unbind(11)
        #expect(last != nil && none == nil)
        #expect(registrar.set(of: sip) == nil && registrar.set(of: tel) == nil)
        #expect(registrar.bindingCount == 0 && registrar.sets.isEmpty)
    }

    @Test("TS 24.229 §4.4: a host is a neighbour as long as a contact is bound through it, whatever the port")
    func neighbours() throws {
        var registrar = Registrar()
        let here = SocketAddress(10, 0, 1, 1, port: 5060)
        let there = SocketAddress(10, 0, 1, 2, port: 5060)
        func known() -> [Bool] {
            for address in [here, there] {
                #expect(registrar.isNeighbour(address) == registrar.isNeighbour(hostOf: address))
                #expect(!registrar.isNeighbour(address.with(port: 5080)))
            }
            return [here, there].map { registrar.isNeighbour(hostOf: $0.with(port: 5080)) }
        }
        let id = registrar.install(
            profile("sip:a@ims.test"), for: try #require(IMPU("sip:a@ims.test")), token: "t", hss: nil)
        for serial: UInt64 in [10, 11] {
            registrar.bind(try RegisterFixture.binding(serial, "sip:a@10.0.0.1", neighbour: here), in: id)
        }
        #expect(known() == [true, false])
        // Renewed, then moved to another P-CSCF.
        registrar.bind(try RegisterFixture.binding(10, "sip:a@10.0.0.1", neighbour: here), in: id)
        registrar.bind(try RegisterFixture.binding(10, "sip:a@10.0.0.1", neighbour: there), in: id)
        #expect(known() == [true, true])
        _ = registrar.unbind(11)
        #expect(known() == [false, true])
        _ = registrar.unbind(11)
        _ = registrar.unbind(10)
        #expect(known() == [false, false])
        // A set that is not there takes no binding.
        registrar.bind(try RegisterFixture.binding(12, "sip:a@10.0.0.1", neighbour: here), in: id)
        #expect(known() == [false, false])
    }

    @Test("a new profile replaces the identities of the set and keeps its bindings and Service-Route")
    func newProfile() throws {
        var registrar = Registrar()
        let sip = try #require(IMPU("sip:a@ims.test"))
        let old = try #require(IMPU("tel:+1555"))
        let new = try #require(IMPU("tel:+1556"))
        let id = registrar.install(profile("sip:a@ims.test", "tel:+1555"), for: sip, token: "t", hss: "h")
        registrar.bind(try RegisterFixture.binding(10, "sip:a@10.0.0.1"), in: id)
        let again = registrar.install(profile("sip:a@ims.test", "tel:+1556"), for: sip, token: "u", hss: nil)
        #expect(again == id)
        #expect(registrar.set(of: old) == nil)
        let set = try #require(registrar.set(of: new))
        #expect(set.bindings.count == 1 && set.token == "t" && set.hss == "h")
    }

    @Test("§5.4.1.2.2F: P-Associated-URI names what may be used, the default first")
    func associatedURIs() {
        let list = profile("sip:barred@ims.test", "sip:b@ims.test", "not a uri", "tel:+1555")
        #expect(SCSCF.associatedURIs(list) == "<sip:b@ims.test>, <tel:+1555>")
    }

    @Test("§5.4.1.2.2F: wildcarded identities and those of services are not the UE's, so P-Associated-URI has none")
    func associatedURIsAreTheUEs() {
        let kinds: [(String, PublicIdentity.Kind?)] = [
            ("sip:psi@ims.test", .distinctPSI), ("sip:x@ims.test", .wildcardedPublicUserIdentity),
            ("sip:u@ims.test", .distinctPublicUserIdentity), ("tel:+1555", nil),
        ]
        let list = kinds.map { PublicIdentity(identity: $0.0, kind: $0.1) }
        let profile = UserProfile(privateID: "p", serviceProfiles: [ServiceProfile(publicIdentities: list)])
        #expect(SCSCF.associatedURIs(profile) == "<sip:u@ims.test>, <tel:+1555>")
        let set = RegistrationSet(id: 1, profile: profile, impus: [], token: "t")
        #expect(set.defaultIMPU == "sip:u@ims.test")
    }

    @Test("TS 29.228 §6.6: a profile must have the identity, and one that is not barred")
    func profileFaults() throws {
        let impu = try #require(IMPU("sip:barred@ims.test"))
        #expect(ProfileDecision.fault(nil, of: impu)?.status == 500)
        #expect(ProfileDecision.fault(profile("sip:b@ims.test"), of: impu)?.status == 500)
        #expect(ProfileDecision.fault(profile("sip:barred@ims.test"), of: impu)?.status == 403)
        #expect(ProfileDecision.fault(profile("sip:barred@ims.test", "tel:+1"), of: impu) == nil)
        #expect(ProfileDecision.fault(profile("sip:barred@ims.test", "sip:a@b>, <sip:c@d"), of: impu)?.status == 500)
    }

    static let results: [(DiameterResult, Int?, Bool)] = [
        (.base(.success), nil, false), (.experimental(.successServerNameNotStored), nil, false),
        (.experimental(.userUnknown), 403, false), (.experimental(.identitiesDontMatch), 403, false),
        (.base(.authorizationRejected), 403, false), (.experimental(.identityAlreadyRegistered), 480, true),
        (.base(.unableToDeliver), 504, true), (.base(.tooBusy), 504, true), (.base(.unableToComply), 500, true),
        (.experimental(.authSchemeNotSupported), 500, false), (.base(.missingAVP), 500, false),
        // 5003 of the base protocol is a refusal, 5003 of 3GPP is not.
        (.experimental(.identityNotRegistered), 500, false),
    ]

    @Test("Trouble between servers is never 403", arguments: results)
    func cxOutcomes(_ row: (result: DiameterResult, status: Int?, isTemporary: Bool)) {
        let request = DiameterMessage(CxCommands.multimediaAuth, application: Application.cx, flags: [.request])
        let answer = request.answer(row.result, from: DiameterOrigin(host: "h", realm: "r"))
        let failure = CxOutcome.failure(answer)
        #expect(failure?.status == row.status)
        #expect(failure?.isTemporary ?? false == row.isTemporary)
    }

    @Test("one lane a private identity: one runs, some wait, one more is refused; other work is never refused")
    func lanes() throws {
        var lanes = RegistrationLanes()
        let impi = try #require(IMPI("u@ims.test"))
        let incoming = IncomingRequest(
            transaction: .none, message: try RegisterFixture.message(""),
            flow: SIPFlow(kind: .udp, listener: ListenerID(raw: 1), remote: SocketAddress(10, 0, 0, 1, port: 1)),
            listener: 0)
        let job = RegistrationLanes.Job.register(incoming, try RegisterFixture.request(""))
        var admissions: [RegistrationLanes.Admission] = []
        for _ in 0...(RegistrationLanes.maximumWaiting + 1) { admissions.append(lanes.enter(impi, job)) }
        admissions.append(lanes.enter(impi, .bindingExpiry(1)))
        let waits = [RegistrationLanes.Admission](repeating: .waits, count: RegistrationLanes.maximumWaiting)
        #expect(admissions == [.runs] + waits + [.full, .waits])
        var served = 0
        while lanes.next(impi) != nil { served += 1 }
        #expect(served == RegistrationLanes.maximumWaiting + 1)
        #expect(lanes.isIdle)
    }
}
