import IMSCore
import SIP

/// A REGISTER by which the S-CSCF tells an application server of a user's registration, TS 24.229 §5.4.1.7.
struct ThirdPartyRegister {
    /// One part of a body.
    struct Part: Equatable {
        var type: String
        var bytes: [UInt8]
    }

    /// SIP URI of the server.
    var server: String
    /// The user's public identity, one that is not barred.
    var identity: String
    /// Our own URI: who registers, and where the user is reached.
    var registrar: String
    /// 0 for a de-registration.
    var seconds: Int
    var callID: String
    var cseq: UInt32
    var tag: String
    /// The user's REGISTER, for what the server may know of it.
    var message: SIPMessage?
    var chargingVector: String?
    var chargingFunctions: String?
    var parts: [Part] = []
    /// Delimiter of the parts, where there are several.
    var boundary = ""

    func writer() -> SIPWriter {
        var writer = SIPWriter.request(.register, uri: server)
        writer.add(.from, "<\(registrar)>;tag=\(tag)")
        writer.add(.to, "<\(identity)>")
        writer.add(.callID, callID)
        writer.add(.cseq, "\(cseq) REGISTER")
        writer.add(.contact, "<\(registrar)>")
        writer.add(.expires, String(seconds))
        if let message {
            for header in [HeaderID.pAccessNetworkInfo, .pVisitedNetworkID] { writer.copy(header, from: message) }
        }
        if let chargingVector { writer.add(.pChargingVector, chargingVector) }
        if let chargingFunctions { writer.add(.pChargingFunctionAddresses, chargingFunctions) }
        if parts.count == 1 {
            writer.setBody(parts[0].bytes, type: parts[0].type)
        } else if parts.count > 1 {
            writer.add(.mimeVersion, "1.0")
            writer.setBody(multipart, type: "multipart/mixed;boundary=\"\(boundary)\"")
        }
        return writer
    }

    /// RFC 2046 §5.1.1.
    private var multipart: [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            body += Array("--\(boundary)\r\nContent-Type: \(part.type)\r\n\r\n".utf8)
            body += part.bytes
            body += Array("\r\n".utf8)
        }
        return body + Array("--\(boundary)--\r\n".utf8)
    }
}

extension ThirdPartyRegister {
    static let messageType = "message/sip"

    /// The body parts a server's criterion asks for.
    ///
    /// - Parameters:
    ///   - request: the user's REGISTER.
    ///   - response: our 200 to it, without what proves to the user who we are.
    static func parts(for server: ApplicationServer, request: SIPMessage?, response: [UInt8]?) -> [Part] {
        var parts: [Part] = []
        if let information = server.serviceInfo {
            parts.append(
                Part(type: ServiceInfoDocument.contentType, bytes: ServiceInfoDocument.xml(information)))
        }
        if server.includesRegisterRequest, let request {
            parts.append(Part(type: messageType, bytes: withoutProof(request)))
        }
        if server.includesRegisterResponse, let response { parts.append(Part(type: messageType, bytes: response)) }
        return parts
    }

    /// The fields of Authorization that say who registers. The others prove it, which concerns nobody but us.
    private static let open = ["username", "realm", "uri", "algorithm", "integrity-protected"]

    /// The REGISTER with its credentials reduced to the names in them.
    static func withoutProof(_ request: SIPMessage) -> [UInt8] {
        guard request.has(.authorization) || request.has(.proxyAuthorization) else { return request.bytes }
        var edit = SIPEdit(request)
        edit.removeAll(.proxyAuthorization)
        let credentials = request.texts(.authorization).lazy.compactMap { DigestCredentials(parsing: $0) }.first
        edit.removeAll(.authorization)
        if let credentials {
            var fields = credentials.fields
            for field in fields.fields where !open.contains(field.name.lowercased()) { fields[field.name] = nil }
            edit.append(.authorization, fields.text)
        }
        return edit.serialize()
    }
}
