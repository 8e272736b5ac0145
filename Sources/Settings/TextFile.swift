import Glibc
public import RoleKit

/// Configuration files as text, read whole.
public enum TextFile {
    /// The file's text; what is wrong with it is a fault with a cure.
    public static func read(_ path: String, maximumBytes: Int) throws(SettingsFault) -> String {
        guard let file = fopen(path, "re") else {
            let reason = String(cString: strerror(errno))
            throw SettingsFault(
                line: 1, problem: "cannot be read (\(reason.lowercased()))",
                cure: "check the path and that this user may read it")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= maximumBytes else {
                throw SettingsFault(
                    line: 1, problem: "is longer than \(maximumBytes) bytes",
                    cure: "this is no configuration file; give one such as instances/pcscf.yaml")
            }
        }
        if ferror(file) != 0 {
            throw SettingsFault(line: 1, problem: "cannot be read", cure: "give a file, not a directory or device")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = bytes.prefix { $0 < 0x80 }.count { $0 == 10 } + 1
            throw SettingsFault(line: line, problem: "is not UTF-8 text", cure: "save the file as UTF-8")
        }
        return text
    }
}
