import IMSCore
import SIP
import SMS

/// What a REGISTER of an S-CSCF tells about a user, TS 24.229 §5.4.1.7 and §5.7.1.2.
struct ThirdPartyRegister: Equatable {
    /// Keys of the user's identities: To, and P-Associated-URI of the response the S-CSCF has sent the phone.
    let keys: [String]
    /// 0: the user has gone.
    let seconds: Int
    /// Whether the phone takes short messages, by its Contact's feature tag (TS 24.341 §5.3.3.2); true where its REGISTER
    /// is not included.
    let takesMessages: Bool

    /// Longest life of what a REGISTER without Expires tells.
    private static let usualSeconds = 7_200
    static let mostIdentities = 32

    init?(_ register: SIPMessage, home: String) {
        guard let to = try? register.uriText(.to), let key = Correspondent.key(to, home: home) else { return nil }
        var keys = [key]
        var takesMessages: Bool?
        for part in MultipartBody.messages(of: register) {
            if part.isRequest {
                let contacts = ((try? part.contacts()) ?? []).compactMap(\.address)
                guard !contacts.isEmpty else { continue }
                takesMessages = contacts.contains { $0.params.has("+g.3gpp.smsip") }
            } else {
                for uri in ((try? part.addresses(.pAssociatedURI)) ?? []).prefix(Self.mostIdentities) {
                    guard let key = Correspondent.key(uri.uri.description, home: home), !keys.contains(key) else {
                        continue
                    }
                    keys.append(key)
                }
            }
        }
        self.keys = keys
        seconds = ((try? register.integer(.expires)) ?? nil) ?? Self.usualSeconds
        self.takesMessages = takesMessages ?? true
    }
}

/// SIP messages in a body: alone as message/sip, or as parts of a multipart body (RFC 2046 §5.1, RFC 3261 §27.5).
enum MultipartBody {
    /// Parts looked at.
    static let mostParts = 8
    private static let messageType = "message/sip"

    static func messages(of message: SIPMessage) -> [SIPMessage] {
        guard let type = try? message.token(.contentType) else { return [] }
        let body = Array(message.body)
        if type.token.lowercased() == messageType { return (try? SIPMessage(body)).map { [$0] } ?? [] }
        guard type.token.lowercased().hasPrefix("multipart/"), let boundary = type.params["boundary"],
            (1...70).contains(boundary.utf8.count)
        else { return [] }
        return parts(body, boundary).compactMap { part in
            guard let end = position(of: Array("\r\n\r\n".utf8), in: part, from: part.startIndex) else { return nil }
            let head = String(decoding: part[..<end], as: UTF8.self).lowercased()
            guard head.contains("content-type:"), head.contains(messageType) else { return nil }
            return try? SIPMessage(Array(part[(end + 4)...]))
        }
    }

    /// What stands between the boundary's lines.
    private static func parts(_ body: [UInt8], _ boundary: String) -> [ArraySlice<UInt8>] {
        let mark = Array("--\(boundary)".utf8)
        var parts: [ArraySlice<UInt8>] = []
        guard var start = position(of: mark, in: body[...], from: 0) else { return [] }
        while parts.count < mostParts {
            start += mark.count
            guard let end = position(of: [13, 10] + mark, in: body[...], from: start) else { return parts }
            parts.append(body[start..<end])
            start = end + 2
        }
        return parts
    }

    private static func position(of mark: [UInt8], in bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        guard bytes.endIndex - start >= mark.count else { return nil }
        for at in start...(bytes.endIndex - mark.count) where bytes[at] == mark[0] {
            if bytes[at..<at + mark.count].elementsEqual(mark) { return at }
        }
        return nil
    }
}
