import Glibc

/// The message files under Tests/Corpus.
enum Corpus {
    /// The bytes of `rfc4475/wsinv.dat` and the like; empty if there is no such file.
    static func bytes(_ name: String) -> [UInt8] {
        guard let file = fopen("\(folder)/\(name).dat", "r") else { return [] }
        defer { fclose(file) }
        var out: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return out }
            out += chunk[..<count]
        }
    }

    /// The names of all files of a folder, without `.dat`, sorted.
    static func names(_ corpus: String) -> [String] {
        guard let listing = opendir("\(folder)/\(corpus)") else { return [] }
        defer { closedir(listing) }
        var out: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".dat") { out.append(String(name.dropLast(4))) }
        }
        return out.sorted()
    }

    /// Tests/Corpus, found from this file's real place (the tree may be linked from elsewhere).
    private static let folder: String = {
        var path = "\(#filePath)"
        if let real = realpath(path, nil) {
            path = String(cString: real)
            free(real)
        }
        for _ in 0..<3 { path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        return path + "/Corpus"
    }()
}

/// A message from its lines; an empty line and no body are added.
func message(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) }

/// The headers every request must have, with a method.
func request(_ method: String = "OPTIONS", uri: String = "sip:bob@example.org", _ more: String...) -> [UInt8] {
    let base = [
        "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc", "Max-Forwards: 70",
        "From: <sip:alice@example.org>;tag=f1", "To: <sip:bob@example.org>", "Call-ID: c1@192.0.2.1",
        "CSeq: 1 \(method)",
    ]
    return Array(((base + more).joined(separator: "\r\n") + "\r\n\r\n").utf8)
}

extension Array where Element == UInt8 {
    var text: String { String(decoding: self, as: UTF8.self) }

    /// With the first occurrence replaced; nil if there is none. Bytes, since CR LF is one Character.
    func replacing(_ old: String, _ new: String) -> [UInt8]? {
        let wanted = Array(old.utf8)
        guard count >= wanted.count,
            let at = (0...(count - wanted.count)).first(where: { self[$0..<$0 + wanted.count].elementsEqual(wanted) })
        else { return nil }
        return self[..<at] + Array(new.utf8) + self[(at + wanted.count)...]
    }
}
