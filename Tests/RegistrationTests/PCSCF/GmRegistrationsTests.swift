import RoleKit
import SIP
import Testing

@testable import PCSCF

@Suite("TS 24.229 §5.2.2.1: the contacts a P-CSCF knows, by identity and by where they are")
struct GmRegistrationsTests {
    static func flow(_ host: UInt8, _ kind: LinkKind = .udp) -> SIPFlow {
        SIPFlow(kind: kind, listener: ListenerID(raw: 1), remote: SocketAddress(10, 0, 0, host, port: 5090))
    }

    static func registration(_ id: UInt64, _ impi: String, _ flow: SIPFlow) throws -> GmRegistration {
        GmRegistration(
            id: id, token: "t\(id)", impi: impi, impu: "sip:" + impi, contact: try AnyURI(parsing: "sip:a@10.0.0.1"),
            flow: flow, listener: 0, authentication: .aka, callID: "c", associatedURIs: [], serviceRoute: [],
            chargingFunctions: [], expiry: Moment(nanoseconds: 0), timer: TimerID(raw: 0))
    }

    @Test("a place is known as long as one of the many registered from there is left")
    func place() throws {
        var table = GmRegistrations()
        for id in 1...1_000 as ClosedRange<UInt64> {
            table.store(try Self.registration(id, "u\(id)@ims.test", Self.flow(1)))
        }
        #expect(table.isKnown(Self.flow(1)) && !table.isKnown(Self.flow(1, .tcp)) && !table.isKnown(Self.flow(2)))
        for id in 1...999 as ClosedRange<UInt64> { _ = table.remove(id) }
        #expect(table.isKnown(Self.flow(1)) && table.count == 1)
        _ = table.remove(1_000)
        #expect(!table.isKnown(Self.flow(1)) && table.count == 0)
    }

    @Test("one that moves is found at its new place alone")
    func moved() throws {
        var table = GmRegistrations()
        table.store(try Self.registration(7, "u@ims.test", Self.flow(1)))
        table.store(try Self.registration(7, "u@ims.test", Self.flow(2)))
        #expect(!table.isKnown(Self.flow(1)) && table.isKnown(Self.flow(2)))
        #expect(table.of(impi: "u@ims.test", from: Self.flow(2)).map(\.id) == [7])
        #expect(table.of(impi: "u@ims.test", from: Self.flow(1)).isEmpty && table.of(impi: "other").isEmpty)
    }
}
