package import Foundation

/// Where the program under test and the files beside this source are.
package enum Product {
    /// `imsbox` as `swift test` built it, next to the test bundle; `IMSBOX_BINARY` names another.
    package static func binary() throws -> String {
        if let named = ProcessInfo.processInfo.environment["IMSBOX_BINARY"] {
            return try executable(named)
        }
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("imsbox").path
        return try executable(beside)
    }

    private static func executable(_ path: String) throws -> String {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw HarnessError("\(path) is not there: build the imsbox product first (`make test` does)")
        }
        return path
    }

    /// The checkout.
    package static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The full path of a tool the tests drive, found on `PATH`.
    package static func tool(_ name: String) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        for folder in folders {
            let candidate = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw HarnessError("\(name) is not installed: `make test` installs it")
    }
}
