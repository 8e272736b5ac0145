/// How numbers are dialled in one network, and what whole numbers they mean. TS 24.229 §5.4.3.2, RFC 3966 §5.1
///
/// The S-CSCF asks it once for each originating request, before routing:
/// ```swift
/// switch config.numbering.normalise(try request.requestURI()) {
/// case .unchanged: break
/// case .number(let tel), .shortCode(let tel): the new Request-URI
/// case .undialable: 404
/// }
/// ```
/// A value: no state, no I/O. `NumberingPlan+Reader.swift` of the S-CSCF lists its keys.
public struct NumberingPlan: Equatable, Sendable {
    /// Country code, ITU-T E.164 §6.2.1, e.g. "1", "49".
    public var countryCode: String
    /// What precedes a number with country code, e.g. "00", "011".
    public var internationalPrefixes: [String]
    /// What precedes a national number (trunk prefix), e.g. "0"; empty: nothing does.
    public var nationalPrefix: String
    /// Digits a national number has, without the prefix.
    public var nationalLength: ClosedRange<Int>
    /// Put before numbers dialled without one; empty: there are no local numbers.
    public var areaCode: String
    /// Digits a number dialled without its area code has.
    public var localLength: ClosedRange<Int>
    /// Numbers kept as dialled; `x` stands for any digit.
    public var shortCodes: [String]
    /// Domains whose numbers are of this plan: the home network first.
    public var contexts: [String]
    /// Whether a number no rule fits is one with its country code, as who dials a bare MSISDN means.
    public var takesBareMSISDN: Bool

    public init(
        countryCode: String = "1", internationalPrefixes: [String] = ["00", "011"], nationalPrefix: String = "1",
        nationalLength: ClosedRange<Int> = 10...10, home: String
    ) {
        self.countryCode = countryCode
        self.internationalPrefixes = internationalPrefixes
        self.nationalPrefix = nationalPrefix
        self.nationalLength = nationalLength
        areaCode = ""
        localLength = 7...7
        shortCodes = []
        contexts = [home]
        takesBareMSISDN = true
    }

    /// The home network's domain.
    public var home: String { contexts.first ?? "" }

    /// The identities a number may be provisioned under, in the order to ask the HSS for them (TS 24.229 §5.3.2.1
    /// wants the tel URI first).
    public func identities(of number: E164Number) -> [String] { ["tel:\(number)", "sip:\(number)@\(home)"] }
}
