import Logging
import RoleKit

/// The log port of one instance over swift-log; adds role and instance to every line.
final class InstanceLog: LogPort {
    let level: LogLevel
    private let logger: Logger

    init(role: Role, instance: String, level: LogLevel) {
        self.level = level
        var logger = Logger(label: "imsbox") { _ in LineLogHandler() }
        logger.logLevel = level.logger
        logger[metadataKey: LogKey.role.rawValue] = .string(role.rawValue)
        logger[metadataKey: LogKey.instance.rawValue] = .string(instance)
        self.logger = logger
    }

    func write(_ level: LogLevel, _ event: String, _ fields: [(LogKey, String)]) {
        var metadata: Logger.Metadata = [:]
        for (key, value) in fields { metadata[key.rawValue] = .string(value) }
        logger.log(level: level.logger, "\(event)", metadata: metadata)
    }
}
