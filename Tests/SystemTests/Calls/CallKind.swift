import LabHarness

/// A kind of call as both phones see it: what each does, in order.
struct CallKind: Sendable {
    let name: String
    /// How often.
    var count = 3
    var caller: [SippStep]
    /// One list a phone; the second is of another contact of the same user.
    var callees: [[SippStep]]
    /// Contact parameters of each called phone.
    var contacts = [""]
}

/// The kinds of call of TS 24.229 §5.1.3 and §5.1.4 that pass between two phones.
extension CallKind {
    static let all: [CallKind] =
        setUp + refused + reliable + inDialog + standAlone + forked

    /// What the caller does from the answer on.
    private static let answered: [SippStep] = [.expect(200, makesDialog: true), .ack()]
    private static let callerHangsUp: [SippStep] = [.within("BYE", 9), .expect(200)]
    private static let called: [SippStep] = [.receive("ACK"), .receive("BYE"), .reply(200)]

    // MARK: Set-up and end

    private static let setUp: [CallKind] = [
        CallKind(
            name: "the caller hangs up", count: 10,
            caller: [.invite(), .expect(180)] + answered + callerHangsUp,
            callees: [
                [
                    // TS 24.229 §5.2.6.3.3, §5.4.3.3: who calls is asserted, whom is told.
                    .receive(
                        "INVITE", makesDialog: true,
                        having: [("P-Asserted-Identity", "sip:|tel:"), ("P-Called-Party-ID", "tel:")]),
                    .answer(180), .answer(200, .description),
                ] + called
            ]),
        CallKind(
            name: "the called phone hangs up",
            caller: [.invite(), .expect(180)] + answered + [.receive("BYE"), .reply(200)],
            callees: [
                [
                    .receive("INVITE", makesDialog: true), .answer(180), .answer(200, .description), .receive("ACK"),
                    .within("BYE", 101), .expect(200),
                ]
            ]),
        CallKind(
            name: "early media (RFC 3960)",
            caller: [
                .invite(), .expect(183, having: [("Content-Type", "application/sdp")]), .expect(180),
            ] + answered + callerHangsUp,
            callees: [
                [
                    .receive("INVITE", makesDialog: true), .answer(183, .description), .answer(180),
                    .answer(200, .description),
                ] + called
            ]),
        CallKind(
            name: "session timers (RFC 4028): 422 comes back, Session-Expires and Min-SE pass untouched",
            caller: [
                .invite(headers: ["Supported: timer", "Session-Expires: 90;refresher=uac", "Min-SE: 90"]),
                .expect(422, having: [("Min-SE", "1800")]), .ackRefusal(),
                .invite(cseq: 2, headers: ["Supported: timer", "Session-Expires: 1800;refresher=uac", "Min-SE: 1800"]),
                .expect(200, makesDialog: true, having: [("Session-Expires", "1800;refresher=uac")]), .ack(2),
            ] + callerHangsUp,
            callees: [
                [
                    .receive(
                        "INVITE", makesDialog: true,
                        having: [("Session-Expires", "90;refresher=uac"), ("Min-SE", " 90")]),
                    .answer(422, headers: ["Min-SE: 1800"]), .receive("ACK"),
                    .receive("INVITE", having: [("Session-Expires", "1800;refresher=uac"), ("Min-SE", "1800")]),
                    .answer(
                        200, headers: ["Require: timer", "Session-Expires: 1800;refresher=uac"], .description),
                ] + called
            ]),
    ]

    // MARK: Not answered

    private static let refused: [CallKind] = [
        CallKind(
            name: "CANCEL (RFC 3261 §9)",
            caller: [
                .invite(), .expect(180), .cancel(), .expect(200), .expect(487), .ackRefusal(),
            ],
            callees: [ringsUntilCancelled]),
        CallKind(
            name: "busy", caller: [.invite(), .expect(486), .ackRefusal()],
            callees: [[.receive("INVITE"), .answer(486), .receive("ACK")]]),
        CallKind(
            name: "no answer: the phone says 480",
            caller: [.invite(), .expect(180), .expect(480), .ackRefusal()],
            callees: [[.receive("INVITE"), .answer(180), .pause(500), .answer(480), .receive("ACK")]]),
        CallKind(
            name: "no sign of life: timer B of the called side's P-CSCF (RFC 3261 §17.1.1.2)", count: 1,
            caller: [.invite(), .expect(408), .ackRefusal()],
            callees: [[.receive("INVITE"), .pause(8_000)]]),
        refusal("unknown user (TS 24.229 §5.3.2.1)", of: "sip:nobody@\(Subscriber.domain)", 404),
        refusal("not registered (§5.4.3.3)", of: nil, 480),
        // Its own, the one of the IMSI: it is registered, and barred.
        refusal("barred identity (§5.4.3.3)", of: "sip:[ownimsi]@\(Subscriber.domain)", 404),
        refusal("no number (§5.4.3.2)", of: "tel:12", 404),
        refusal(
            "emergency without a route (§5.2.10)", of: "urn:service:sos", 380,
            having: [("Content-Type", "application/3gpp-ims.xml"), ("Contact", "urn:service:sos")]),
    ]

    /// A call that reaches no phone.
    private static func refusal(
        _ name: String, of target: String?, _ status: Int, having checks: [SippStep.Check] = []
    ) -> CallKind {
        CallKind(
            name: name,
            caller: [.invite(to: target), .expect(status, having: checks), .ackRefusal(to: target)], callees: [])
    }

    private static let ringsUntilCancelled: [SippStep] = [
        .receive("INVITE", makesDialog: true), .answer(180), .receive("CANCEL"), .replyAlone(200), .answerInvite(487),
        .receive("ACK"),
    ]

    // MARK: Reliable provisional responses

    private static let reliable: [CallKind] = [
        CallKind(
            name: "PRACK (RFC 3262)",
            caller: [
                .invite(headers: ["Supported: 100rel"]),
                .expect(180, makesDialog: true, having: [("Require", "100rel"), ("RSeq", "1")]),
                .within("PRACK", 2, headers: ["RAck: 1 1 INVITE"]), .expect(200),
            ] + answered + callerHangsUp,
            callees: [
                [
                    .receive("INVITE", makesDialog: true, having: [("Supported", "100rel")]),
                    .answer(180, headers: ["Require: 100rel", "RSeq: 1"]),
                    .receive("PRACK", having: [("RAck", "1 1 INVITE")]), .reply(200),
                    .answerInvite(200, .description),
                ] + called
            ]),
        CallKind(
            name: "UPDATE before the answer (RFC 3311)",
            caller: [
                .invite(headers: ["Supported: 100rel", "Allow: INVITE,ACK,BYE,CANCEL,PRACK,UPDATE"]),
                .expect(183, makesDialog: true),
                .within("PRACK", 2, headers: ["RAck: 1 1 INVITE"]), .expect(200),
                .within("UPDATE", 3, .description), .expect(200),
            ] + answered + callerHangsUp,
            callees: [
                [
                    .receive("INVITE", makesDialog: true),
                    .answer(183, headers: ["Require: 100rel", "RSeq: 1"], .description),
                    .receive("PRACK"), .reply(200), .receive("UPDATE"), .reply(200, .description),
                    .answerInvite(200),
                ] + called
            ]),
    ]

    // MARK: Preconditions

    /// IR.92 §2.4 as phones play it, whatever the P-CSCF makes of it: 183, PRACK, UPDATE, 180, 200.
    ///
    /// - Parameter mode: what arrives: the status of both accesses as it was sent, as met, or not at all.
    static func preconditions(_ mode: String) -> CallKind {
        func seen(_ local: String, _ remote: String) -> SippStep.Check {
            switch mode {
            case "pass": ("", "qos local \(local)..a=curr:qos remote \(remote)..a=des:")
            case "assist": ("", "qos local sendrecv..a=curr:qos remote sendrecv..a=des:")
            default: ("", "16000..a=sendrecv")
            }
        }
        func tag(_ header: String) -> [SippStep.Check] { mode == "strip" ? [] : [(header, "precondition")] }
        return CallKind(
            name: "preconditions, \(mode) (RFC 3312)",
            caller: [
                .invite(headers: ["Supported: 100rel, precondition"], .preconditions("none", "none")),
                .expect(183, makesDialog: true, having: [("RSeq", "1"), seen("none", "none")] + tag("Require")),
                .within("PRACK", 2, headers: ["RAck: 1 1 INVITE"]), .expect(200),
                .within(
                    "UPDATE", 3, headers: ["Supported: precondition"], .preconditions("sendrecv", "none", version: 2)),
                .expect(200, having: [seen("sendrecv", "sendrecv")]), .expect(180),
            ] + answered + callerHangsUp,
            callees: [
                [
                    .receive(
                        "INVITE", makesDialog: true,
                        having: [("Supported", "100rel"), seen("none", "none")] + tag("Supported")),
                    .answer(
                        183, headers: ["Require: 100rel, precondition", "RSeq: 1"],
                        .preconditions("none", "none", asks: true)),
                    .receive("PRACK"), .reply(200), .receive("UPDATE", having: [seen("sendrecv", "none")]),
                    .reply(
                        200, headers: ["Require: precondition"],
                        .preconditions("sendrecv", "sendrecv", version: 2)),
                    .answerInvite(180), .answerInvite(200),
                ] + called
            ])
    }

    // MARK: In the dialog

    private static let inDialog: [CallKind] = [
        CallKind(
            name: "re-INVITE from both sides (RFC 3261 §14)",
            caller: [.invite(), .expect(180)] + answered + [
                .within("INVITE", 2, .description), .expect(200), .ack(2),
                .receive("INVITE"), .reply(200, .description), .receive("ACK"),
            ] + callerHangsUp,
            callees: [
                [
                    .receive("INVITE", makesDialog: true), .answer(180), .answer(200, .description), .receive("ACK"),
                    .receive("INVITE"), .reply(200, .description), .receive("ACK"),
                    .within("INVITE", 101, .description), .expect(200), .ack(101), .receive("BYE"), .reply(200),
                ]
            ]),
        CallKind(
            name: "REFER passes, and its NOTIFYs (RFC 3515)",
            caller: [.invite(), .expect(180)] + answered + [
                .within("REFER", 2, headers: ["Refer-To: <tel:+15550000003>"]), .expect(202),
                .receive("NOTIFY", having: [("Subscription-State", "active"), ("Event", "refer")]), .reply(200),
                .receive("NOTIFY", having: [("Subscription-State", "terminated")]), .reply(200),
            ] + callerHangsUp,
            callees: [
                [
                    .receive("INVITE", makesDialog: true), .answer(180), .answer(200, .description), .receive("ACK"),
                    .receive("REFER", having: [("Refer-To", "tel:.15550000003")]), .reply(202),
                    .within(
                        "NOTIFY", 101, headers: ["Event: refer", "Subscription-State: active;expires=60"],
                        .fragment("SIP/2.0 100 Trying")), .expect(200),
                    .within(
                        "NOTIFY", 102, headers: ["Event: refer", "Subscription-State: terminated;reason=noresource"],
                        .fragment("SIP/2.0 200 OK")), .expect(200),
                    .receive("BYE"), .reply(200),
                ]
            ]),
    ]

    // MARK: Without a dialog

    private static let standAlone: [CallKind] = [
        CallKind(
            name: "MESSAGE (RFC 3428)", count: 10,
            caller: [.initial("MESSAGE", .text("Good morning")), .expect(200)],
            callees: [[.receive("MESSAGE", having: [("P-Asserted-Identity", "sip:|tel:")]), .replyAlone(200)]]),
        CallKind(
            name: "a MESSAGE of more than 1300 octets",
            caller: [.initial("MESSAGE", largeText), .expect(202)],
            callees: [[.receive("MESSAGE", having: [("Content-Length", "[2-9]...")]), .replyAlone(202)]]),
        CallKind(
            name: "OPTIONS from phone to phone (RFC 3261 §11)",
            caller: [
                .initial("OPTIONS", headers: ["Accept: application/sdp"]), .expect(200, having: [("Allow", "PRACK")]),
            ],
            callees: [[.receive("OPTIONS"), .replyAlone(200, headers: ["Allow: INVITE, ACK, BYE, CANCEL, PRACK"])]]),
    ]

    /// For a core outside loopback: phones keep to UDP, the core does not.
    static let largeMessageOverTCP = CallKind(
        name: "a MESSAGE of more than 1300 octets, over TCP in the core",
        caller: [.initial("MESSAGE", largeText), .expect(202)],
        callees: [[.receive("MESSAGE", over: ["UDP", "TCP", "TCP", "TCP", "TCP", "UDP"]), .replyAlone(202)]])

    private static let largeText = SippStep.Body.text(
        (1...50).map { "line \($0) of a message that is longer than a datagram may be" }.joined(separator: "\n"))

    // MARK: Several contacts

    private static let forked: [CallKind] = [
        CallKind(
            name: "forking (RFC 3261 §16.7): both ring, one answers, the other is cancelled", count: 2,
            caller: [.invite(), .expect(180), .expect(180, isOptional: true)] + answered + callerHangsUp,
            callees: [
                [
                    .receive("INVITE", makesDialog: true), .answer(180), .pause(500), .answer(200, .description),
                ] + called,
                ringsUntilCancelled,
            ],
            contacts: ["", ""]),
        CallKind(
            name: "forking by q (RFC 3261 §20.10): busy there, the next one rings", count: 2,
            caller: [.invite(), .expect(180), .expect(180)] + answered + callerHangsUp,
            callees: [
                [.receive("INVITE"), .answer(180), .answer(486), .receive("ACK")],
                [.receive("INVITE", makesDialog: true), .answer(180), .answer(200, .description)] + called,
            ],
            contacts: [";q=0.9", ";q=0.3"]),
    ]
}
