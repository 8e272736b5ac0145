import ArgumentParser
import Console
import RoleKit

/// `imsbox subscriber push`.
struct SubscriberPush: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Send a subscriber's data to its MME anew (Insert-Subscriber-Data).",
        discussion: """
            An MME is told by itself of what `add --replace`, `import` and `remove` change. This sends everything once \
            more, for an MME that has lost or missed something. The HSS must run.

            Example:
              imsbox subscriber push 001010000012345
            """)

    @Argument(help: "IMSI, number, private or public identity.") var identity: String
    @OptionGroup var options: LiveOptions

    func run() throws {
        try ending { try options.show(options.order(ControlRequest(command: "push", keys: [identity]))) }
    }
}

/// `imsbox subscriber detach`.
struct SubscriberDetach: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detach",
        abstract: "Have the MME detach a subscriber's phone (Cancel-Location).",
        discussion: """
            The subscriber stays; `remove` detaches by itself. The HSS must run.

            Examples:
              imsbox subscriber detach 001010000012345
              imsbox subscriber detach 001010000012345 --reattach
            """)

    @Argument(help: "IMSI, number, private or public identity.") var identity: String
    @Flag(help: "Have the phone attach again at once.") var reattach = false
    @OptionGroup var options: LiveOptions

    func run() throws {
        let keys = reattach ? [identity, "reattach"] : [identity]
        try ending { try options.show(options.order(ControlRequest(command: "detach", keys: keys))) }
    }
}

extension LiveOptions {
    /// Gives an order to the HSS that runs here.
    fileprivate func order(_ request: ControlRequest) throws(Failure) -> Report {
        var names = instance.map { [$0] } ?? []
        if names.isEmpty {
            names = try ask(ControlRequest(command: "status")).filter { $0.answer["role"]?.text == Role.hss.title }
                .map(\.instance)
        }
        guard let name = names.first else { throw Failure(.failed, "no HSS runs here – start it with `imsbox up`") }
        guard names.count == 1 else {
            throw Failure(.usage, "several HSSs run here: \(names.joined(separator: ", ")) – name one with --instance")
        }
        do {
            return try ControlClient.ask(request, instance: name, in: StateDirectory(option: stateDir).sockets)
        } catch { throw Failure(.failed, error.description) }
    }

    /// Shows what came of it; what the MME did not do is a failure.
    fileprivate func show(_ answer: Report) throws {
        let words = "\(answer["mme"]?.text ?? ""): \(answer["result"]?.text ?? "")"
        let isDone = answer["done"] == .flag(true)
        if json { try Terminal.answer(JSONWriter.pretty(answer)) } else if isDone { try Terminal.answer(words) }
        if isDone { return }
        let isTriedAgain = answer["tried-again"] == .flag(true)
        throw Failure(.failed, words + (isTriedAgain ? " – tried again when the MME is there" : ""))
    }
}
