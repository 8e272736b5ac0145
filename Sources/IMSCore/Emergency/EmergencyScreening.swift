public import SIP

/// Which requests are emergency requests, TS 24.229 §5.2.10 and TS 23.167 §6.2.1. A P-CSCF asks it of every initial
/// request of a UE before anything else is decided.
public struct EmergencyScreening: Equatable, Sendable {
    /// An emergency number as it is dialled here, and the service it means.
    public struct Number: Equatable, Sendable {
        public var digits: String
        /// RFC 5031 §4.2, e.g. `urn:service:sos.police`.
        public var service: String

        public init(digits: String, service: String = EmergencyScreening.anyService) {
            self.digits = digits
            self.service = service
        }
    }

    /// The emergency service as such, RFC 5031 §4.2.
    public static let anyService = "urn:service:sos"

    public var numbers: [Number]

    public init(numbers: [Number]) { self.numbers = numbers }

    /// The service a request is for, as a URN; nil if it is no emergency request.
    ///
    /// - Parameters:
    ///   - method: ACK and requests within dialogs are never asked about.
    ///   - contact: the request's Contact: one that was registered for emergencies (`sos`, TS 24.229 §7.2A.13) calls for
    ///     help whatever the Request-URI says.
    public func service(_ method: SIPMethod, _ uri: AnyURI, contact: AnyURI?) -> String? {
        if let named = service(of: uri) { return named }
        guard method == .invite || method == .message, contact?.sip?.params.has("sos") == true else { return nil }
        return Self.anyService
    }

    /// By the Request-URI alone. A number counts in any context and any domain: nobody who dials it means something
    /// else.
    public func service(of uri: AnyURI) -> String? {
        switch uri {
        case .urn(let text):
            let name = String(decoding: text.utf8.map(ASCII.lowered), as: UTF8.self)
            return name == Self.anyService || name.hasPrefix(Self.anyService + ".") ? name : nil
        case .tel(let tel): return service(dialled: tel.number)
        case .sip(let sip): return sip.unescapedUser.flatMap { service(dialled: String($0.prefix { $0 != ";" })) }
        case .other: return nil
        }
    }

    private func service(dialled text: String) -> String? {
        let dialled = DialString.plain(text)
        return numbers.first { $0.digits == dialled }?.service
    }
}
