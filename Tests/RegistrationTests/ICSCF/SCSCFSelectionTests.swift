import RoleKit
import Testing

@testable import ICSCF

@Suite("TS 29.228 §6.7: choice of the S-CSCF")
struct SCSCFSelectionTests {
    static let known = [
        KnownSCSCF(uri: "sip:a", capabilities: [1]), KnownSCSCF(uri: "sip:b", capabilities: [1, 2, 9]),
        KnownSCSCF(uri: "sip:c", capabilities: [1, 2]),
    ]

    static func wanted(_ mandatory: [UInt32], _ optional: [UInt32] = [], names: [String] = []) -> ServerCapabilities {
        var wanted = ServerCapabilities()
        wanted.mandatory = mandatory
        wanted.optional = optional
        wanted.serverNames = names
        return wanted
    }

    @Test("Without capabilities every one of ours will do, in the file's order")
    func noCapabilities() {
        let found = SCSCFSelection.candidates(for: ServerCapabilities(), from: Self.known, except: [])
        #expect(found == ["sip:a", "sip:b", "sip:c"])
    }

    @Test("Every mandatory capability must be there")
    func mandatory() {
        #expect(SCSCFSelection.candidates(for: Self.wanted([2]), from: Self.known, except: []) == ["sip:b", "sip:c"])
        #expect(SCSCFSelection.candidates(for: Self.wanted([2, 7]), from: Self.known, except: []).isEmpty)
    }

    @Test("More optional capabilities come first")
    func optional() {
        let found = SCSCFSelection.candidates(for: Self.wanted([1], [2, 9]), from: Self.known, except: [])
        #expect(found == ["sip:b", "sip:c", "sip:a"])
    }

    @Test("The HSS's own proposals come first, and nobody is tried twice")
    func serverNames() {
        let wanted = Self.wanted([1], names: ["sip:z", "sip:b"])
        #expect(
            SCSCFSelection.candidates(for: wanted, from: Self.known, except: ["sip:a"]) == ["sip:z", "sip:b", "sip:c"])
    }

    @Test(
        "TS 24.229 §5.3.1.3, RFC 3263 §4.3: silence, 3xx, 480, 503 mean another S-CSCF, all else is the answer",
        arguments: [
            (nil, true), (302, true), (480, true), (503, true), (401, false), (200, false), (403, false), (504, false),
        ])
    func reselection(_ status: Int?, _ again: Bool) {
        #expect((SCSCFAttempt(status: status) == .reselect) == again)
    }
}
