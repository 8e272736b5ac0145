/// Who we are on Diameter: Origin-Host and Origin-Realm. RFC 6733 §6.3, §6.4
public struct DiameterOrigin: Hashable, Sendable {
    public var host: String
    public var realm: String

    public init(host: String, realm: String) {
        self.host = host
        self.realm = realm
    }
}

extension DiameterMessage {
    /// The answer to this request with a base result: Session-Id first, identifiers and Proxy-Info copied, P as in the
    /// request, E on protocol errors. RFC 6733 §6.2, §7.2
    ///
    /// What the command's grammar asks for besides (Vendor-Specific-Application-Id, Auth-Session-State) is there, so
    /// a role adds only its own AVPs.
    public func answer(_ code: ResultCode, from origin: DiameterOrigin) -> DiameterMessage {
        var answer = beginAnswer(isError: code.isProtocolError)
        answer.add(Base.resultCode, code.rawValue)
        finishAnswer(&answer, origin)
        return answer
    }

    /// The answer with a vendor's result. RFC 6733 §7.6
    public func answer(_ result: ExperimentalResult, from origin: DiameterOrigin) -> DiameterMessage {
        var answer = beginAnswer(isError: false)
        answer.add(
            Base.experimentalResult,
            AVPGroup {
                $0.add(Base.vendorID, result.vendor.rawValue)
                $0.add(Base.experimentalResultCode, result.code)
            })
        finishAnswer(&answer, origin)
        return answer
    }

    public func answer(_ result: DiameterResult, from origin: DiameterOrigin) -> DiameterMessage {
        switch result {
        case .base(let code): answer(code, from: origin)
        case .experimental(let result): answer(result, from: origin)
        }
    }

    /// The answer that refuses this request for `fault`, with Error-Message and Failed-AVP. RFC 6733 §7.3, §7.5
    public func answer(_ fault: DiameterFault, from origin: DiameterOrigin) -> DiameterMessage {
        var answer = answer(fault.code, from: origin)
        if !fault.detail.isEmpty { answer.add(Base.errorMessage, fault.detail) }
        if !fault.failed.isEmpty {
            answer.appendAVP(Base.failedAVP.code, .ietf, Base.failedAVP.flags) { $0 += fault.failed }
        }
        return answer
    }

    private func beginAnswer(isError: Bool) -> DiameterMessage {
        var bits = flags.intersection(.proxiable)
        if isError { bits.insert(.error) }
        var answer = DiameterMessage(
            command, application: application, flags: bits, hopByHop: hopByHop, endToEnd: endToEnd)
        answer.copy(Base.sessionID, from: self)
        if !isError, let vendor = CommandTable.standard.vendor(of: application) {
            answer.add(Base.vendorSpecificApplicationID, .applicationID(application, vendor))
        }
        return answer
    }

    private func finishAnswer(_ answer: inout DiameterMessage, _ origin: DiameterOrigin) {
        if !answer.isError, CommandTable.standard.vendor(of: application) != nil {
            answer.add(Base.authSessionState, .noStateMaintained)
        }
        answer.add(Base.originHost, origin.host)
        answer.add(Base.originRealm, origin.realm)
        answer.copy(Base.proxyInfo, from: self)
    }
}

extension AVPGroup {
    /// Data of a Vendor-Specific-Application-Id for an authentication application. RFC 6733 §6.11
    public static func applicationID(_ application: UInt32, _ vendor: Vendor) -> AVPGroup {
        AVPGroup {
            $0.add(Base.vendorID, vendor.rawValue)
            $0.add(Base.authApplicationID, application)
        }
    }
}
