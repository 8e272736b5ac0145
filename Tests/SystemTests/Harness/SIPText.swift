import Foundation

/// A SIP message as a phone sees it: read by the simplest means, with none of the product's code.
struct SIPText {
    let startLine: String
    let headers: [(name: String, value: String)]

    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
        let head = text.components(separatedBy: "\n\n")[0].split(separator: "\n").map(String.init)
        guard let first = head.first, first.contains("SIP/2.0") else { return nil }
        startLine = first
        headers = head.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                line[..<colon].trimmingCharacters(in: .whitespaces).lowercased(),
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            )
        }
    }

    /// The status of a response; 0 for a request.
    var status: Int {
        startLine.hasPrefix("SIP/2.0 ") ? Int(startLine.dropFirst(8).prefix(3)) ?? 0 : 0
    }

    /// The values of all headers of that name, in order.
    func values(_ name: String) -> [String] {
        headers.filter { $0.name == name.lowercased() }.map(\.value)
    }

    func value(_ name: String) -> String? { values(name).first }

    var cseq: Int? { value("CSeq").flatMap { Int($0.prefix { $0.isNumber }) } }

    /// A quoted or bare parameter of the challenge.
    func challenge(_ parameter: String) -> String? {
        guard let challenge = value("WWW-Authenticate") else { return nil }
        for part in challenge.dropFirst("Digest ".count).components(separatedBy: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.count == 2, pair[0].lowercased() == parameter else { continue }
            return pair[1].trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        }
        return nil
    }
}
