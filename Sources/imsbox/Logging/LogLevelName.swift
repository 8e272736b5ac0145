import ArgumentParser
import Logging
import RoleKit

/// Log levels by the words instance files and `--log-level` use.
enum LogLevelName: String, CaseIterable, ExpressibleByArgument, Sendable {
    case debug, info, notice, warning, error

    var level: LogLevel {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

extension LogLevel {
    /// swift-log's word for it.
    var logger: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
