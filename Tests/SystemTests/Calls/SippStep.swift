import LabHarness

/// Who sipp plays in a scenario.
struct SippRole {
    /// Its own number and that of the other side, both with `+`.
    let own: String
    let peer: String
    let isCaller: Bool

    /// From and To of its requests in a dialog. What sipp knows of the other's tag differs by side.
    fileprivate var from: String { isCaller ? "<\(identity)>;tag=\(Self.callerTag)" : "[$to];tag=\(Self.calleeTag)" }
    fileprivate var to: String { isCaller ? "<tel:\(peer)>[peer_tag_param]" : "[$from]" }
    fileprivate var identity: String { "sip:\(own)@\(Subscriber.domain)" }

    fileprivate static let callerTag = "[pid]c[call_number]"
    fileprivate static let calleeTag = "[pid]s[call_number]"
}

/// One step of a scenario: what it is in sipp's XML.
///
/// What is odd in sipp 3.6.1: `[last_…]` are those of the message received last, whatever it was; so an INVITE answered
/// after something else has come is answered from what was kept of it.
struct SippStep: Sendable {
    let xml: @Sendable (SippRole) -> String
    /// Variables the step assigns; sipp refuses a scenario with one nobody reads.
    var variables: [String] = []

    /// A header a message must have, and what must be in it; no header: anywhere in the message.
    typealias Check = (header: String, pattern: String)

    /// A body with its headers.
    struct Body: Sendable {
        let headers: [String]
        let text: String

        static let none = Body(headers: [], text: "")
        static let description = Body(
            headers: ["Content-Type: application/sdp"],
            text: """
                v=0
                o=- 1 1 IN IP4 [local_ip]
                s=-
                c=IN IP4 [local_ip]
                t=0 0
                m=audio 49000 RTP/AVP 97
                a=rtpmap:97 AMR-WB/16000
                a=sendrecv
                """)
        /// The same with QoS preconditions (RFC 3312 §4), as far as both accesses are ready.
        static func preconditions(_ local: String, _ remote: String, version: Int = 1, asks: Bool = false) -> Body {
            let lines = [
                "a=curr:qos local \(local)", "a=curr:qos remote \(remote)", "a=des:qos mandatory local sendrecv",
                "a=des:qos \(asks ? "mandatory" : "none") remote sendrecv",
            ]
            let all = lines + (asks ? ["a=conf:qos remote sendrecv"] : []) + ["a=sendrecv"]
            return Body(
                headers: description.headers,
                text: description.text.replacing("o=- 1 1", with: "o=- 1 \(version)")
                    .replacing("a=sendrecv", with: all.joined(separator: "\n")))
        }
        static func text(_ text: String) -> Body { Body(headers: ["Content-Type: text/plain"], text: text) }
        static func fragment(_ line: String) -> Body {
            Body(headers: ["Content-Type: message/sipfrag;version=2.0"], text: line)
        }
    }
}

// MARK: Requests

extension SippStep {
    /// A request outside a dialog, to the other side's number or to `target`.
    static func initial(
        _ method: String, cseq: Int = 1, to target: String? = nil, headers: [String] = [], _ body: Body = .none
    ) -> SippStep {
        SippStep { role in
            let uri = target ?? "tel:\(role.peer)"
            let lines = [
                "Route: <sip:[remote_ip]:[remote_port];lr>", "From: \(role.from)", "To: <\(uri)>",
                "P-Preferred-Identity: <\(role.identity)>",
                "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001",
                method == "MESSAGE" ? "Accept: text/plain" : Self.contact,
            ]
            return Self.request(method, uri, cseq, lines + headers, body)
        }
    }

    /// INVITE with an offer; a 100 may come.
    static func invite(
        cseq: Int = 1, to target: String? = nil, headers: [String] = [], _ body: Body = .description
    ) -> SippStep {
        let send = initial("INVITE", cseq: cseq, to: target, headers: headers, body)
        return SippStep { send.xml($0) + Self.trying }
    }

    /// A request in the dialog.
    static func within(_ method: String, _ cseq: Int, headers: [String] = [], _ body: Body = .none) -> SippStep {
        SippStep { role in
            let lines = ["[routes]", "From: \(role.from)", "To: \(role.to)", Self.contact]
            return Self.request(method, "[next_url]", cseq, lines + headers, body)
                + (method == "INVITE" ? Self.trying : "")
        }
    }

    /// The ACK of a 2xx: a transaction of its own (RFC 3261 §13.2.2.4).
    static func ack(_ cseq: Int = 1) -> SippStep {
        SippStep { role in
            let lines = ["[routes]", "From: \(role.from)", "To: \(role.to)"]
            return Self.request("ACK", "[next_url]", cseq, lines, .none, branch: "\(cseq)ack")
        }
    }

    /// The ACK of a refusal: the INVITE's transaction (§17.1.1.3).
    static func ackRefusal(_ cseq: Int = 1, to target: String? = nil) -> SippStep {
        ofInvite("ACK", cseq, to: target) { uri in "To: <\(uri)>[peer_tag_param]" }
    }

    /// CANCEL of the INVITE (§9.1).
    static func cancel(_ cseq: Int = 1) -> SippStep { ofInvite("CANCEL", cseq, to: nil) { uri in "To: <\(uri)>" } }

    private static func ofInvite(
        _ method: String, _ cseq: Int, to target: String?, _ address: @escaping @Sendable (String) -> String
    ) -> SippStep {
        SippStep { role in
            let uri = target ?? "tel:\(role.peer)"
            let lines = ["Route: <sip:[remote_ip]:[remote_port];lr>", "From: \(role.from)", address(uri)]
            return Self.request(method, uri, cseq, lines, .none)
        }
    }

    private static let contact = "Contact: <sip:[local_ip]:5090>"
    private static let trying = " <recv response=\"100\" optional=\"true\"/>\n"

    private static func request(
        _ method: String, _ uri: String, _ cseq: Int, _ headers: [String], _ body: Body, branch: String? = nil
    ) -> String {
        let head = [
            "\(method) \(uri) SIP/2.0",
            "Via: SIP/2.0/[transport] [local_ip]:5090;branch=z9hG4bK[pid]-[call_number]-\(branch ?? "\(cseq)");rport",
            "Max-Forwards: 70", "Call-ID: [call_id]", "CSeq: \(cseq) \(method)",
        ]
        return message(head + headers, body, isRepeated: method != "ACK")
    }
}

// MARK: Responses

extension SippStep {
    /// A response to an INVITE that makes a dialog, before anything else has come.
    static func answer(_ status: Int, headers: [String] = [], _ body: Body = .none) -> SippStep {
        let isFinal = status >= 300 || status >= 200 && !body.text.isEmpty
        return response(status, ["[last_Record-Route:]", tagged] + headers, body, isRepeated: isFinal)
    }

    /// A response to the request in a dialog that came last.
    static func reply(_ status: Int, headers: [String] = [], _ body: Body = .none) -> SippStep {
        response(status, ["[last_To:]"] + headers, body)
    }

    /// A response to a request that makes no dialog, CANCEL for one.
    static func replyAlone(_ status: Int, headers: [String] = []) -> SippStep {
        response(status, [tagged] + headers, .none)
    }

    /// A response to the INVITE after another request has come meanwhile.
    static func answerInvite(_ status: Int, _ body: Body = .none) -> SippStep {
        let vias = viaVariables.map { "Via: [$\($0)]" }
        let lines = ["From: [$from]", "To: [$to];tag=\(SippRole.calleeTag)", "Call-ID: [call_id]", "CSeq: 1 INVITE"]
        let text = message(["SIP/2.0 \(status) Late"] + vias + lines + [contact], body, isRepeated: status >= 200)
        return SippStep { _ in text }
    }

    private static let tagged = "[last_To:];tag=\(SippRole.calleeTag)"

    private static func response(
        _ status: Int, _ headers: [String], _ body: Body, isRepeated: Bool = false
    ) -> SippStep {
        let lines = ["SIP/2.0 \(status) Played", "[last_Via:]", "[last_From:]", "[last_Call-ID:]", "[last_CSeq:]"]
        let text = message(lines + headers + [contact], body, isRepeated: isRepeated)
        return SippStep { _ in text }
    }

    private static func message(_ lines: [String], _ body: Body, isRepeated: Bool) -> String {
        let head = (lines + body.headers + ["Content-Length: [len]"]).joined(separator: "\n")
        let retransmission = isRepeated ? " retrans=\"500\"" : ""
        return " <send\(retransmission)><![CDATA[\n\(head)\n\n\(body.text)\n]]></send>\n"
    }
}

// MARK: What is awaited

extension SippStep {
    /// A response; with `makesDialog` its Record-Route and Contact lead what follows.
    static func expect(
        _ status: Int, makesDialog: Bool = false, isOptional: Bool = false, having checks: [Check] = []
    ) -> SippStep {
        let flags = (makesDialog ? " rrs=\"true\"" : "") + (isOptional ? " optional=\"true\"" : "")
        return received("response=\"\(status)\"\(flags)", checks, more: "", status)
    }

    /// A request; of an INVITE that makes the dialog everything is kept that its late answer needs.
    ///
    /// - Parameter transports: of each Via, the last hop's first.
    static func receive(
        _ method: String, makesDialog: Bool = false, over transports: [String] = [], having checks: [Check] = []
    ) -> SippStep {
        guard makesDialog else {
            let hops = zip(transports, viaVariables).enumerated().map { index, hop in
                capture("SIP/2.0/\(hop.0) ", of: "Via", occurrence: index + 1, as: hop.1)
            }
            var step = received("request=\"\(method)\"", checks, more: hops.joined(), method.count)
            step.variables += viaVariables.prefix(hops.count)
            return step
        }
        let vias = viaVariables.enumerated().map { index, name in
            capture("SIP/2.0.*", of: "Via", occurrence: index + 1, as: name)
        }
        let more = vias.joined() + capture(".*", of: "From", as: "from") + capture(".*", of: "To", as: "to")
        var step = received("request=\"\(method)\" rrs=\"true\"", checks, more: more, 0)
        step.variables += viaVariables + ["from", "to"]
        return step
    }

    static func pause(_ milliseconds: Int) -> SippStep {
        SippStep { _ in " <pause milliseconds=\"\(milliseconds)\"/>\n" }
    }

    /// Via values at a called phone: caller, its P-CSCF and S-CSCF, I-CSCF, S-CSCF and P-CSCF of the called.
    private static let viaVariables = (1...6).map { "via\($0)" }

    private static func received(_ attributes: String, _ checks: [Check], more: String, _ salt: Int) -> SippStep {
        let names = checks.indices.map { "check\(salt)n\($0)" }
        let rows = zip(checks, names).map { check, name in capture(check.pattern, of: check.header, as: name) }.joined()
        let action = rows + more
        let xml =
            action.isEmpty
            ? " <recv \(attributes)/>\n" : " <recv \(attributes)>\n  <action>\n\(action)  </action>\n </recv>\n"
        return SippStep(xml: { _ in xml }, variables: names)
    }

    private static func capture(_ pattern: String, of header: String, occurrence: Int = 1, as name: String) -> String {
        let place =
            header.isEmpty
            ? "search_in=\"msg\"" : "search_in=\"hdr\" header=\"\(header):\" occurrence=\"\(occurrence)\""
        return "   <ereg regexp=\"\(pattern)\" \(place) check_it=\"true\" assign_to=\"\(name)\"/>\n"
    }
}

extension [SippStep] {
    /// The scenario file of one side.
    func scenario(_ name: String, _ role: SippRole) -> String {
        let variables = Set(flatMap(\.variables)).sorted().joined(separator: ",")
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"\(name)\">\n"
            + map { $0.xml(role) }.joined()
            + (variables.isEmpty ? "" : " <Reference variables=\"\(variables)\"/>\n") + "</scenario>\n"
    }
}
