import ArgumentParser
import Console
import RoleKit

/// Options of the commands that ask running instances.
struct LiveOptions: ParsableArguments {
    @Option(help: "Where the control sockets are. Default: /run/imsbox when installed, else .imsbox.")
    var stateDir: String?

    @Option(help: "Only this instance. Default: all that run here.")
    var instance: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// Asks every instance; those that do not answer are named on stderr. Nobody there is a failure.
    func ask(_ request: ControlRequest) throws(Failure) -> [(instance: String, answer: Report)] {
        let directory = StateDirectory(option: stateDir).sockets
        let names = instance.map { [$0] } ?? ControlClient.instances(in: directory)
        guard !names.isEmpty else {
            throw Failure(.failed, "nothing runs here: no control socket in \(directory) – start with `imsbox up`")
        }
        var answers: [(instance: String, answer: Report)] = []
        var problems: [String] = []
        for name in names {
            do { answers.append((name, try ControlClient.ask(request, instance: name, in: directory))) } catch {
                problems.append(error.description)
            }
        }
        guard !answers.isEmpty else { throw Failure(.failed, problems.joined(separator: "\n")) }
        for problem in problems { Terminal.complain(problem) }
        return answers
    }
}
