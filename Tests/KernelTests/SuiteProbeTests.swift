import CLinux
import IPsec
import Kernel
import LabHarness
import Testing

/// What a P-CSCF finds out about its kernel at start.
@Suite("Suite probe", .enabled(if: Namespace.isPossible, "needs CAP_SYS_ADMIN and CAP_NET_ADMIN"), .serialized)
struct SuiteProbeTests {
    @Test("Each suite on each family: taken where `ip` succeeds too, else unsupported, with the cure; nothing stays")
    func suites() throws {
        try Namespace.run {
            let said = try Namespace.output(
                "ip xfrm state add src 127.0.0.1 dst 127.0.0.1 proto esp spi 4096 mode transport "
                    + "auth-trunc 'hmac(sha1)' 0x0102030405060708090a0b0c0d0e0f1011121314 96 "
                    + "enc 'cbc(aes)' 0x0102030405060708090a0b0c0d0e0f10 2>&1; ip xfrm state flush")
            let probes = XFRMSocket.probe(IPsecSuite.all, owner: 7)
            #expect(probes.map(\.suite) == IPsecSuite.all.flatMap { [$0, $0] })
            #expect(probes.map(\.isV6) == IPsecSuite.all.flatMap { _ in [false, true] })
            let usual = try #require(probes.first { $0.suite.description == "hmac-sha-1-96/aes-cbc" && !$0.isV6 })
            #expect((usual.failure == nil) == said.isEmpty, "\(said)")
            if Namespace.hasESP { #expect(probes.allSatisfy { $0.failure == nil }) }
            for failure in probes.compactMap(\.failure) {
                #expect(failure.kind == .unsupported && failure.description.contains("load the modules"))
            }
            #expect(try XFRMSocket().states().isEmpty)
        }
    }

    @Test("Without CAP_NET_ADMIN every suite fails, and the failure says what to do")
    func unprivileged() throws {
        try Namespace.run {
            #expect(linux_without_capabilities() == 0)
            let probes = XFRMSocket.probe(IPsecSuite.all, owner: 7)
            #expect(probes.count == 2 * IPsecSuite.all.count)
            for probe in probes {
                let failure = try #require(probe.failure)
                #expect(failure.kind == .notPermitted && failure.description.contains("CAP_NET_ADMIN"))
            }
        }
    }
}
