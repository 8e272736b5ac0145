import RoleKit
import Store

extension Site {
    /// Where an instance writes down what it has to find again after a restart; `<instance>.state` in the state
    /// directory.
    func stateJournal(of instance: String) throws(Failure) -> StateJournal {
        do { return try StateJournal.open(instance: instance, in: state.path, log: ports.log) } catch {
            throw Failure(.failed, error.description)
        }
    }
}
