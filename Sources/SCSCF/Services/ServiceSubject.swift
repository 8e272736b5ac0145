import IMSCore
import SIP

/// A request as the filter criteria of a served user see it, TS 29.228 Annex B.2.3.
struct ServiceSubject: TriggerSubject {
    var message: SIPMessage
    var sessionCase: SessionCase
    var isServedUserRegistered: Bool

    /// - Parameter isRegistered: where the case does not say it; after a diversion it does not.
    init(_ message: SIPMessage, _ sessionCase: SessionCase, isRegistered: Bool) {
        self.message = message
        self.sessionCase = sessionCase
        isServedUserRegistered = sessionCase == .originatingCDIV ? isRegistered : sessionCase.isRegistered
    }

    var registrationType: RegistrationType? { nil }
    var triggerMethod: String { message.method.name }
    var triggerURI: String { message.requestURIText }
    func triggerHeaders(named name: String) -> [String] { message.all(name) }
    var triggerHeaderNames: [String] { message.longHeaderNames }
    var sessionDescriptionLines: [String] { SessionLines.lines(of: message) }
}

/// A change of a registration as the filter criteria see it, TS 24.229 §5.4.1.7. Without a REGISTER (a registration that
/// has run out) there are no headers.
struct RegistrationSubject: TriggerSubject {
    var message: SIPMessage?
    var type: RegistrationType

    var registrationType: RegistrationType? { type }
    /// TS 29.228 Annex B.2.3 gives REGISTER no case of its own: it is the user's request.
    var sessionCase: SessionCase { .originating }
    var isServedUserRegistered: Bool { true }
    var triggerMethod: String { "REGISTER" }
    var triggerURI: String { message?.requestURIText ?? "" }
    func triggerHeaders(named name: String) -> [String] { message?.all(name) ?? [] }
    var triggerHeaderNames: [String] { message?.longHeaderNames ?? [] }
    var sessionDescriptionLines: [String] { [] }
}

extension SIPMessage {
    /// The name of each header line, compact ones in their long form.
    fileprivate var longHeaderNames: [String] {
        (0..<headerCount).map { index in
            let line = header(at: index)
            return line.id == .other ? line.name : line.id.name
        }
    }
}

/// The lines of a message's session description: the body, or those of its parts that are one (RFC 2046 §5.1).
enum SessionLines {
    private static let type = "application/sdp"

    static func lines(of message: SIPMessage) -> [String] {
        guard let content = message.text(.contentType), !message.body.isEmpty else { return [] }
        let body = String(decoding: message.body, as: UTF8.self)
        if content.lowercased().hasPrefix(type) { return lines(body) }
        guard content.lowercased().hasPrefix("multipart/"),
            let boundary = (try? message.token(.contentType))?.params["boundary"]
        else { return [] }
        return parts(body, boundary).flatMap { part -> [String] in
            let (head, rest) = split(part)
            return head.contains { $0.lowercased().hasPrefix("content-type:") && $0.lowercased().contains(type) }
                ? rest : []
        }
    }

    private static func lines(_ text: String) -> [String] {
        let lines: [Substring] = text.split { $0.isNewline }
        return lines.map { String($0) }
    }

    /// The lines between delimiters, each part's by itself.
    private static func parts(_ body: String, _ boundary: String) -> [[Substring]] {
        var parts: [[Substring]] = []
        let all: [Substring] = body.split(omittingEmptySubsequences: false) { $0.isNewline }
        for line in all {
            if line.hasPrefix("--" + boundary) {
                parts.append([])
            } else if !parts.isEmpty {
                parts[parts.count - 1].append(line)
            }
        }
        return parts
    }

    private static func split(_ part: [Substring]) -> (head: [Substring], rest: [String]) {
        let end = part.firstIndex { $0.isEmpty } ?? part.endIndex
        return (Array(part[..<end]), part[end...].filter { !$0.isEmpty }.map(String.init))
    }
}
