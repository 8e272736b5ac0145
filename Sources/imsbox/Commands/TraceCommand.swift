import ArgumentParser
import Console
import RoleKit
import Tap

/// `imsbox trace`.
struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "A subscriber's or call's timeline: SIP, Diameter and decisions, as a ladder.",
        discussion: """
            The question is an IMSI, a number, an IMPU, an IMPI or a Call-ID; without one everything the instances \
            remember is shown. Keys and passwords were taken out before anything was kept.

            Examples:
              imsbox trace 001010000000001
              imsbox trace tel:+15550000001 --full
              imsbox trace 1-4242@127.0.0.1 --json
            """)

    @Argument(help: "IMSI, number, IMPU, IMPI or Call-ID.")
    var question: String?

    @Flag(help: "Show each message below its arrow.")
    var full = false

    @OptionGroup var options: LiveOptions

    /// Questions to the instances: what one learns of a subscriber's identities the others are asked for too.
    private static let rounds = 3

    func run() throws {
        try ending {
            let (rows, dropped) = try collect()
            let merged = Timeline.merge(rows)
            if options.json { return try Terminal.answer(JSONWriter.pretty(.list(merged.map(\.shown)))) }
            guard !merged.isEmpty else {
                let forgotten = dropped > 0 ? " (\(dropped) older messages are forgotten; see `imsbox up --trace`)" : ""
                throw Failure(.failed, "nothing is known of \(question ?? "anything")\(forgotten)")
            }
            try show(rows, merged)
        }
    }

    private func collect() throws(Failure) -> (rows: [TraceRow], dropped: Int) {
        var keys = Timeline.keys(of: question ?? "")
        var rows: [TraceRow] = []
        var dropped = 0
        for _ in 0..<Self.rounds {
            rows = []
            dropped = 0
            var learnt = keys
            for (_, answer) in try options.ask(ControlRequest(command: "trace", keys: keys.sorted())) {
                rows += (answer["rows"]?.elements ?? []).compactMap(TraceRow.init(reading:))
                learnt.formUnion((answer["keys"]?.elements ?? []).compactMap(\.text))
                dropped += answer["dropped"]?.number ?? 0
            }
            if learnt == keys { break }
            keys = learnt
        }
        return (rows, dropped)
    }

    private func show(_ rows: [TraceRow], _ merged: [TraceRow]) throws(Failure) {
        let ladder = Ladder(rows, style: .init(width: Terminal.width, isColoured: Terminal.isColoured))
        let lines = ladder.lines(merged)
        try Terminal.answer(lines[0])
        for (row, line) in zip(merged, lines.dropFirst()) {
            try Terminal.answer(line)
            guard full else { continue }
            for text in row.text where !text.isEmpty { try Terminal.answer("    " + Printable.text(text)) }
        }
    }
}
