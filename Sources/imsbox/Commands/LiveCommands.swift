import ArgumentParser
import Console
import RoleKit

/// `imsbox status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What the running instances are doing.",
        discussion: """
            Examples:
              imsbox status
              imsbox status --instance hss --json
            """)

    @OptionGroup var options: LiveOptions

    func run() throws {
        try ending {
            let answers = try options.ask(ControlRequest(command: "status")).map(\.answer)
            if options.json { return try Terminal.answer(JSONWriter.pretty(.list(answers))) }
            for answer in answers { try show(answer) }
        }
    }

    private func show(_ answer: Report) throws(Failure) {
        func text(_ key: String) -> String { answer[key].map(ReportText.inline) ?? "" }
        try Terminal.answer("\(text("instance")) (\(text("role"))): \(text("state")), listens on \(text("listens"))")
        guard case .object(let counts)? = answer["counts"], case .object(let messages)? = answer["messages"] else {
            return
        }
        for line in ReportText.lines(.object(counts + messages)) { try Terminal.answer("  " + line) }
    }
}

/// `imsbox registrations`.
struct RegistrationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registrations",
        abstract: "Who is registered, as each role sees it.",
        discussion: """
            Examples:
              imsbox registrations
              imsbox registrations --instance scscf --json
            """)

    @OptionGroup var options: LiveOptions

    func run() throws { try showLists("registrations", options, empty: "nobody is registered") }
}

/// `imsbox peers`.
struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Diameter peers and the state of their connections.",
        discussion: """
            Examples:
              imsbox peers
              imsbox peers --json
            """)

    @OptionGroup var options: LiveOptions

    func run() throws { try showLists("peers", options, empty: "no peers") }
}

/// `imsbox calls`.
struct CallsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls",
        abstract: "Calls under way, as P-CSCF and S-CSCF see them.",
        discussion: """
            Examples:
              imsbox calls
              imsbox calls --instance scscf --json
            """)

    @OptionGroup var options: LiveOptions

    func run() throws { try showLists("calls", options, empty: "no calls") }
}

/// `imsbox sas`.
struct SASCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sas",
        abstract: "IPsec security associations with phones, as the P-CSCF and the kernel see them.",
        discussion: """
            A row is a set of four associations (TS 33.203 §7.1). Ports and SPIs are client/server. STATE is temporary \
            until the phone has registered over the set, then established, old once a newer one is there, and closing \
            while it waits for retransmissions. RECEIVED and SENT are the kernel's packets, REJECTED those it threw away.

            Examples:
              imsbox sas
              imsbox sas --instance pcscf --json
            """)

    @OptionGroup var options: LiveOptions

    func run() throws { try showLists("sas", options, empty: "no security associations") }
}

/// Lists of rows, one per instance that has any.
private func showLists(_ command: String, _ options: LiveOptions, empty: String) throws {
    try ending {
        let answers = try options.ask(ControlRequest(command: command))
        if options.json {
            return try Terminal.answer(JSONWriter.pretty(.object(answers.map { (key: $0.instance, value: $0.answer) })))
        }
        let filled = answers.filter { !$0.answer.elements.isEmpty }
        if filled.isEmpty { try Terminal.answer(empty) }
        for (index, (instance, answer)) in filled.enumerated() {
            if index > 0 { try Terminal.answer("") }
            try Terminal.answer("\(instance): \(answer.elements.count)")
            let width = Terminal.isTerminal ? Terminal.width - 2 : Int.max
            for line in ReportText.lines(answer, width: width) { try Terminal.answer("  " + line) }
        }
    }
}
