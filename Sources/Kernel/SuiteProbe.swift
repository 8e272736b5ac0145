public import IPsec

/// Whether this machine's kernel takes a suite's states, found by trying.
public struct SuiteProbe: Equatable, Sendable {
    public var suite: IPsecSuite
    public var isV6: Bool
    /// Nil where it does. Its description says what to do.
    public var failure: XFRMFailure?

    public init(suite: IPsecSuite, isV6: Bool, failure: XFRMFailure? = nil) {
        self.suite = suite
        self.isV6 = isV6
        self.failure = failure
    }
}

extension XFRMSocket {
    /// Tries each suite on both families: a state from loopback to loopback, under our mark, added and deleted again.
    /// The kernel loads the modules it needs for that, where it can.
    public static func probe(_ suites: [IPsecSuite], owner: UInt32) -> [SuiteProbe] {
        let rows = suites.flatMap { suite in [false, true].map { SuiteProbe(suite: suite, isV6: $0) } }
        do throws(XFRMFailure) {
            let socket = try XFRMSocket()
            return rows.map { SuiteProbe(suite: $0.suite, isV6: $0.isV6, failure: socket.attempt($0, owner)) }
        } catch {
            return rows.map { SuiteProbe(suite: $0.suite, isV6: $0.isV6, failure: error) }
        }
    }

    private func attempt(_ probe: SuiteProbe, _ owner: UInt32) -> XFRMFailure? {
        let host = HostAddress(isV6: probe.isV6, high: 0, low: probe.isV6 ? 1 : 0x7F00_0001)
        let selector = XFRMSelector(
            source: host, sourcePort: 1, destination: host, destinationPort: 1, owner: owner)
        var outcome: XFRMFailure?
        // An SPI that is taken says nothing of the suite.
        for _ in 0..<8 {
            let state = XFRMState(
                selector: selector, spi: .random(in: SPIAllocator.lowest...UInt32.max), requestID: 1,
                suite: probe.suite,
                keys: Self.keys(probe.suite))
            outcome = perform([.addState(state)])[0]
            if outcome == nil { _ = perform([.deleteState(state.id)]) }
            if outcome?.kind != .exists { break }
        }
        return outcome
    }

    /// Keys of the right length; no packet ever meets them.
    private static func keys(_ suite: IPsecSuite) -> SAKeys {
        let key = SecretOctets([UInt8](1...16))
        return KeyExpansion { _ in [UInt8](repeating: 1, count: 32) }.keys(suite, ck: key, ik: key)
    }
}
