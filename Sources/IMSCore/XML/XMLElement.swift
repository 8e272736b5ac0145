/// An element with all it has but text: configuration whose content is in attributes.
public struct XMLElement: Sendable {
    public var name: String
    public var attributes: [(name: String, value: String)]
    public var children: [XMLElement] = []
    /// Where it begins; 1-based.
    public var line: Int

    /// The document's element.
    public init(parsing bytes: [UInt8], limits: XMLLimits = .standard) throws(XMLFault) {
        var parser = try XMLPullParser(bytes, limits: limits)
        parser.keepsAttributes = true
        var lines = LineCounter(bytes)
        var open: [XMLElement] = []
        var root: XMLElement?
        while true {
            switch try parser.next() {
            case .start(let name):
                open.append(XMLElement(name, parser.attributes, line: lines.line(at: parser.elementOffset)))
            case .text: break
            case .end:
                let closed = open.removeLast()
                if open.isEmpty { root = closed } else { open[open.count - 1].children.append(closed) }
            case .endOfDocument:
                guard let root else { throw XMLFault(.malformed, "has no element", at: bytes.count) }
                self = root
                return
            }
        }
    }

    private init(_ name: String, _ attributes: [(name: String, value: String)], line: Int) {
        self.name = name
        self.attributes = attributes
        self.line = line
    }
}

extension XMLFault {
    /// The line of the fault, 1-based.
    public func line(in bytes: [UInt8]) -> Int {
        var lines = LineCounter(bytes)
        return lines.line(at: offset)
    }
}

/// Lines of rising offsets, in one walk.
private struct LineCounter {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func line(at offset: Int) -> Int {
        while at < min(offset, bytes.count) {
            if bytes[at] == UInt8(ascii: "\n") { line += 1 }
            at += 1
        }
        return line
    }
}
