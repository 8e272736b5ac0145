import Diameter
import RoleKit

/// What an answer says about success.
enum CxResult: Hashable {
    case result(DiameterResult)
    /// The request itself is wrong: Result-Code with Failed-AVP.
    case fault(DiameterFault)

    static let success = CxResult.result(.base(.success))
    static let unableToComply = CxResult.result(.base(.unableToComply))
    static func base(_ code: ResultCode) -> CxResult { .result(.base(code)) }
    static func experimental(_ result: ExperimentalResult) -> CxResult { .result(.experimental(result)) }

    /// A fault that shows one AVP of the request.
    static func fault<V: AVPValue>(_ code: ResultCode, _ key: AVPKey<V>, _ value: V, _ detail: String) -> CxResult {
        var shown = AVPGroup()
        shown.add(key, value)
        return .fault(DiameterFault(code, failed: shown.bytes, detail))
    }

    var isSuccess: Bool {
        if case .result(let result) = self { result.isSuccess } else { false }
    }
}

extension DiameterMessage {
    /// The answer to this request with the result of a procedure.
    func answer(_ result: CxResult, from origin: DiameterOrigin) -> DiameterMessage {
        switch result {
        case .result(let result): answer(result, from: origin)
        case .fault(let fault): answer(fault, from: origin)
        }
    }

    /// Server-Capabilities (TS 29.229 §6.3.4), unless there is nothing to say: then any S-CSCF will do
    /// (TS 29.228 table 6.1.1.2).
    mutating func add(_ capabilities: ServerCapabilities?) {
        guard let capabilities, !capabilities.isEmpty else { return }
        add(
            Cx.serverCapabilities,
            AVPGroup {
                $0.add(Cx.mandatoryCapability, each: capabilities.mandatory)
                $0.add(Cx.optionalCapability, each: capabilities.optional)
                $0.add(Cx.serverName, each: capabilities.serverNames)
            })
    }
}
