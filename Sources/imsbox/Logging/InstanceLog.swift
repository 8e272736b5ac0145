import Glibc
import Logging
import RoleKit

/// The log port of one instance over swift-log; adds role and instance to every line.
///
/// Lines of level notice and above, which strangers can cause, keep to a budget for each level. What the operator asked
/// for with `debug` or `info` is all written.
///
/// `@unchecked Sendable`: every call comes from the thread of the instance's loop.
final class InstanceLog: LogPort, @unchecked Sendable {
    let level: LogLevel
    private let logger: Logger
    private var budgets: [LogLevel: LineBudget] = [
        .notice: LineBudget(), .warning: LineBudget(), .error: LineBudget(),
    ]

    init(role: Role, instance: String, level: LogLevel) {
        self.level = level
        var logger = Logger(label: "imsbox") { _ in LineLogHandler() }
        logger.logLevel = level.logger
        logger[metadataKey: LogKey.role.rawValue] = .string(role.rawValue)
        logger[metadataKey: LogKey.instance.rawValue] = .string(instance)
        self.logger = logger
    }

    func write(_ level: LogLevel, _ event: String, _ fields: [(LogKey, String)]) {
        if budgets[level] != nil {
            guard let leftOut = budgets[level]?.take(at: Self.milliseconds) else { return }
            if leftOut > 0 {
                logger.log(
                    level: level.logger, "lines left out", metadata: [LogKey.count.rawValue: .string(String(leftOut))])
            }
        }
        var metadata: Logger.Metadata = [:]
        for (key, value) in fields { metadata[key.rawValue] = .string(value) }
        logger.log(level: level.logger, "\(event)", metadata: metadata)
    }

    private static var milliseconds: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
