import Foundation

/// The sentences of `imsbox doctor` as they stand in its sources: the words of each, without what is filled in.
enum DoctorSources {
    static func sentences() throws -> [[String]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/imsbox/Doctor")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".swift") && $0.contains("Check+") || $0.hasSuffix("TranslatedFlow.swift")
        }
        return try files.sorted().flatMap { file in
            sentences(in: try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8))
        }
    }

    /// Each `.ok("…`, `.warning("…` and `.wrong("…`, whose text may go on in the next lines.
    static func sentences(in source: String) -> [[String]] {
        var found: [[String]] = []
        for verdict in [".ok(", ".warning(", ".wrong("] {
            for part in source.components(separatedBy: verdict).dropFirst() {
                var rest = Substring(part).drop { $0.isWhitespace }
                var pieces: [String] = []
                while rest.first == "\"", let (words, after) = literal(rest.dropFirst()) {
                    pieces += words
                    // Text that goes on: `+ "…`.
                    let next = after.drop { $0.isWhitespace }
                    guard next.first == "+" else { break }
                    rest = next.dropFirst().drop { $0.isWhitespace }
                }
                let words = pieces.filter { $0.count > 3 }
                if !words.isEmpty { found.append(words) }
            }
        }
        return found
    }

    /// A string literal's pieces between what is filled in, and what follows it.
    private static func literal(_ text: Substring) -> (pieces: [String], rest: Substring)? {
        var (pieces, rest, depth) = ([""], text, 0)
        while let character = rest.popFirst() {
            if depth > 0 {
                depth += character == "(" ? 1 : character == ")" ? -1 : 0
            } else if character == "\\" {
                if rest.popFirst() == "(" {
                    depth = 1
                    pieces.append("")
                }
            } else if character == "\"" {
                return (pieces, rest)
            } else {
                pieces[pieces.count - 1].append(character)
            }
        }
        return nil
    }
}
