import Glibc
public import RoleKit

/// Asks running instances through their control sockets.
public enum ControlClient {
    /// Names of the instances that have a socket in `directory`, sorted. A socket may be a dead process's.
    public static func instances(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".sock") { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }

    /// One question, one answer. Blocks until the instance has had its time to answer (`UnixSocket.clientSeconds`).
    public static func ask(_ request: ControlRequest, instance: String, in directory: String) throws(ControlError)
        -> Report
    {
        let path = directory + "/" + instance + ".sock"
        let descriptor = UnixSocket.open()
        guard descriptor >= 0 else { throw ControlError("no socket to be had: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        UnixSocket.limitTime(descriptor)
        guard let result = UnixSocket.withAddress(path, { connect(descriptor, $0, $1) }) else {
            throw ControlError("\(path) is too long for a socket – choose a shorter --state-dir")
        }
        guard result == 0 else { throw refusal(errno, path: path, instance: instance) }
        guard UnixSocket.write(descriptor, request.line + "\n"),
            let line = UnixSocket.readLine(descriptor, limit: UnixSocket.maximumReply), !line.isEmpty
        else { throw ControlError("\(instance) took the question but gave no answer – look at its log") }
        let reply: Report
        do { reply = try JSONReader.read(line) } catch {
            throw ControlError("\(instance) answered something that is not JSON – is it the same version?")
        }
        if let problem = reply["error"]?.text { throw ControlError("\(instance): \(problem)") }
        guard let data = reply["data"] else { throw ControlError("\(instance) answered without data") }
        return data
    }

    private static func refusal(_ code: Int32, path: String, instance: String) -> ControlError {
        switch code {
        case ENOENT: ControlError("no instance \(instance) runs here (\(path) is missing) – start it with `imsbox up`")
        case ECONNREFUSED:
            ControlError("\(instance) is not running (\(path) is a leftover) – start it with `imsbox up`")
        case EACCES: ControlError("\(path) is not for this user – run the command as root or as the service's user")
        default: ControlError("\(path): \(String(cString: strerror(code)))")
        }
    }
}
