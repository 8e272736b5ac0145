import Diameter
import TestSupport
import Testing

@testable import RoleKit

/// Whom a node has turned away is in its report, for who looks why an MME or a CSCF does not get in.
@Suite("Diameter node: who was refused")
struct DiameterRefusalTests {
    private func rows(_ place: Place) -> [Report] {
        place.on { $0.snapshot(.peers) }.elements.filter { $0["configured"] == .flag(false) }
    }

    @Test("RFC 6733 §5.3: a CER from nobody we know, with its names and why; once, however often it tries")
    func peer() throws {
        let world = VirtualWorld()
        let host = try Place(world, Lab.server("hss.home", at: 1, knowing: ["icscf.home"]))
        let mme = try DiameterPuppet(world, "mme.localdomain")
        for _ in 0..<3 { mme.send(mme.cer(), on: mme.connect(to: Lab.address(1))) }
        let row = try #require(rows(host).first)
        #expect(rows(host).count == 1)
        #expect(row["peer"] == .text("mme.localdomain") && row["state"] == .text(DiameterNode.refusedPeer))
        #expect(row["problem"]?.text?.hasPrefix("DIAMETER_UNKNOWN_PEER (3010)") == true)
        // Every row has the same columns, so that the list is a table.
        guard case .object(let own)? = host.on({ $0.snapshot(.peers) }).elements.first, case .object(let refused) = row
        else { return #expect(Bool(false), "no rows") }
        #expect(own.map(\.key) == refused.map(\.key))
    }

    @Test("RFC 6733 §6.1.4: a request for another realm, with that realm; nothing of a peer's that is served")
    func request() throws {
        let world = VirtualWorld()
        let host = try Place(world, Lab.server("hss.home", at: 1, knowing: ["mme.home"]))
        let mme = try DiameterPuppet(world, "mme.home")
        let link = mme.connect(to: Lab.address(1))
        mme.send(mme.cer(), on: link)
        mme.send(mme.uar(hopByHop: 1, endToEnd: 1), on: link)
        #expect(rows(host).isEmpty)
        var other = mme.uar(hopByHop: 2, endToEnd: 2)
        other[Base.destinationRealm] = "localdomain"
        mme.send(other, on: link)
        let row = try #require(rows(host).first)
        #expect(row["state"] == .text(DiameterNode.refusedRequest) && row["realm"] == .text("localdomain"))
        #expect(row["problem"]?.text?.contains("(3003)") == true)
    }

    @Test("Eight are remembered, the last ones; a name a stranger chose is cut; who gets in is forgotten")
    func bounds() {
        var refusals = DiameterRefusals()
        func refuse(_ host: String) {
            refusals.note(
                DiameterRefusal(
                    host: host, realm: "r", address: SocketAddress(1, 2, 3, 4, port: 5), isRequest: false,
                    DiameterFault(.unknownPeer, host)))
        }
        for number in 1...(DiameterRefusals.most + 3) { refuse("mme\(number)") }
        #expect(refusals.entries.count == DiameterRefusals.most && refusals.entries.first?.host == "mme4")
        refuse(String(repeating: "x", count: 70_000))
        #expect(refusals.entries.allSatisfy { $0.host.count <= 255 && $0.detail.count <= 510 })
        refusals.opened("MME5")
        #expect(!refusals.entries.contains { $0.host == "mme5" })
    }

    @Test(
        "RFC 6733 §6.1.4: a peer that comes back with its realm mended is not told of; one that has not is told of again"
    )
    func mended() throws {
        let world = VirtualWorld()
        let host = try Place(world, Lab.server("hss.home", at: 1, knowing: ["mme.home"]))
        let mme = try DiameterPuppet(world, "mme.home")
        for _ in 0..<2 {
            let link = mme.connect(to: Lab.address(1))
            mme.send(mme.cer(), on: link)
            #expect(rows(host).isEmpty)
            var request = mme.uar(hopByHop: 1, endToEnd: 1)
            request[Base.destinationRealm] = "localdomain"
            mme.send(request, on: link)
            #expect(rows(host).map { $0["state"] } == [.text(DiameterNode.refusedRequest)])
            mme.close(link)
        }
    }
}
