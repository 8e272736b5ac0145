import Diameter
import SIP

/// What a timeline needs to know of a message; made from anything, also from bytes that are no message.
struct TraceReading {
    var summary: String
    var call = ""
    var identities: [String] = []
    var isOneSubscriber = false

    init(_ event: TapEvent) {
        summary = event.text
        call = event.callID
        isOneSubscriber = true
        note([event.impu, event.impi])
    }

    init(sip bytes: [UInt8]) {
        guard let message = try? SIPMessage(bytes) else {
            let line = bytes.prefix { $0 != 13 && $0 != 10 }.prefix(60)
            summary = "malformed: " + String(decoding: line, as: UTF8.self)
            return
        }
        summary = message.isRequest ? message.method.name : "\(message.status) \(message.reason)"
        call = message.callID ?? ""
        // A registration names one subscriber everywhere; other requests name two.
        isOneSubscriber = message.method == .register
        note([try? message.from().uri.description, try? message.to().uri.description])
        for header in [HeaderID.pAssertedIdentity, .pPreferredIdentity, .pAssociatedURI, .pCalledPartyID] {
            note((try? message.addresses(header).map(\.uri.description)) ?? [])
        }
        if message.isRequest {
            if !isOneSubscriber { note([message.requestURIText]) }
            note(message.all(HeaderID.authorization.name).map { DigestCredentials(parsing: $0)?.username })
        }
    }

    init(diameter bytes: [UInt8]) {
        guard let (message, _) = try? DiameterMessage.decode(bytes) else {
            summary = "malformed Diameter message of \(bytes.count) bytes"
            return
        }
        summary = message.shortName
        if !message.isRequest, let result = message.result { summary += " " + Self.short(result) }
        call = message[Base.sessionID] ?? ""
        isOneSubscriber = true
        note([message[Base.userName]])
        note(message.all(Cx.publicIdentity))
    }

    private mutating func note(_ found: [String?]) {
        for text in found {
            guard let text, !text.isEmpty else { continue }
            let key = TraceKey.of(text)
            if !identities.contains(key) { identities.append(key) }
        }
    }

    private static func short(_ result: DiameterResult) -> String {
        switch result {
        case .base(let code): String(code.rawValue)
        case .experimental(let result): String(result.code)
        }
    }
}
