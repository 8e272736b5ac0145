/// An ordered list of `;name=value` parameters of a header value or a URI (RFC 3261 §25.1).
///
/// Names compare without case. A value is read unquoted (header) or unescaped (URI) and written back exactly as it was
/// received. A parameter without value reads as the empty text; an absent one as nil.
public struct Parameters: Sendable, Hashable, CustomStringConvertible {
    /// Whose parameters they are: decides how a new value is written.
    public enum Style: Sendable, Hashable {
        /// `generic-param`: a value that is no token is written as a quoted-string.
        case header
        /// `uri-parameter`: a character outside `paramchar` is written as an escape.
        case uri
    }

    /// One parameter as it stands in the message.
    public struct Parameter: Sendable, Hashable {
        public let name: String
        /// The value as written, with its quotes or escapes; nil if there is no `=`.
        public let written: String?

        /// A parameter exactly as it is to be written.
        public init(name: String, written: String?) {
            self.name = name
            self.written = written
        }
    }

    public private(set) var all: [Parameter]
    public let style: Style

    /// The parameters in their order.
    public init(_ style: Style = .header, _ all: [Parameter] = []) {
        self.style = style
        self.all = all
    }

    public var isEmpty: Bool { all.isEmpty }

    /// Whether the parameter is there, with or without value.
    public func has(_ name: String) -> Bool { index(of: name) != nil }

    /// The parameter's value, unquoted or unescaped; setting nil removes it, setting the empty text leaves the bare
    /// name.
    public subscript(_ name: String) -> String? {
        get {
            guard let at = index(of: name) else { return nil }
            guard let written = all[at].written else { return "" }
            return style == .header ? QuotedText.unquoted(written) : PercentEncoding.decoded(written)
        }
        set {
            guard let value = newValue else {
                all.removeAll { equalsFolded($0.name, name) }
                return
            }
            set(name, written: value.isEmpty ? nil : write(value))
        }
    }

    /// A value that is a number of seconds; nil if absent or no number. Values above 2³² − 1 read as 2³² − 1 (RFC 3261
    /// §20.19), so that whoever counts with it need fear no overflow.
    public func seconds(_ name: String) -> Int? {
        guard let text = self[name] else { return nil }
        var cursor = Cursor(text)
        guard let value = cursor.decimal(atMost: UInt64(UInt32.max)), cursor.isFinished() else { return nil }
        return Int(value)
    }

    /// Sets a value exactly as it is to be written (for example an already quoted one).
    public mutating func set(_ name: String, written: String?) {
        let parameter = Parameter(name: index(of: name).map { all[$0].name } ?? name, written: written)
        if let at = index(of: name) { all[at] = parameter } else { all.append(parameter) }
    }

    /// `;name=value` for each, as written.
    public var description: String {
        if all.isEmpty { return "" }
        var out: [UInt8] = []
        append(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    func append(to out: inout [UInt8]) {
        for parameter in all {
            out.append(UInt8(ascii: ";"))
            out.append(contentsOf: parameter.name.utf8)
            guard let written = parameter.written else { continue }
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: written.utf8)
        }
    }

    private func index(of name: String) -> Int? {
        for index in all.indices where equalsFolded(all[index].name, name) { return index }
        return nil
    }

    private func write(_ value: String) -> String {
        switch style {
        case .header: value.utf8.allSatisfy(ByteSet.plainValue.contains) ? value : QuotedText.quoted(value)
        case .uri: PercentEncoding.encoded(value, keeping: .uriParameter)
        }
    }
}

extension Parameters {
    /// Copies out what `skip` has found.
    init(_ source: Cursor, _ range: Range<Int>, _ style: Style) throws(SIPParseError) {
        var cursor = Cursor(source.bytes, range)
        var all: [Parameter] = []
        while let (name, value) = try Self.next(&cursor, style) {
            all.append(Parameter(name: cursor.text(name), written: value.map(cursor.text)))
        }
        self.init(style, all)
    }

    /// Reads `*( SEMI generic-param )` or `*( ";" uri-parameter )` as far as it goes; gives where it stands, nothing is
    /// copied.
    static func skip(_ cursor: inout Cursor, _ style: Style) throws(SIPParseError) -> Range<Int> {
        let start = cursor.at
        var count = 0
        while try next(&cursor, style) != nil {
            count += 1
            guard count <= SIPLimits.parameters else {
                throw SIPParseError(.headerValue, "more than \(SIPLimits.parameters) parameters")
            }
        }
        return start..<cursor.at
    }

    /// One parameter with its semicolon; nil if there is none.
    private static func next(_ cursor: inout Cursor, _ style: Style) throws(SIPParseError) -> (
        name: Range<Int>, value: Range<Int>?
    )? {
        switch style {
        case .header: cursor.takeSpaced(UInt8(ascii: ";")) ? try nextHeader(&cursor) : nil
        case .uri: cursor.take(UInt8(ascii: ";")) ? try nextURI(&cursor) : nil
        }
    }

    /// generic-param = token [ EQUAL ( token / host / quoted-string ) ].
    private static func nextHeader(_ cursor: inout Cursor) throws(SIPParseError) -> (Range<Int>, Range<Int>?) {
        let name = cursor.run(.token)
        guard !name.isEmpty else { throw SIPParseError(.headerValue, "parameter without name") }
        guard cursor.takeSpaced(UInt8(ascii: "=")) else { return (name, nil) }
        if let quoted = cursor.quotedString() { return (name, quoted) }
        let value = cursor.run(.parameterValue)
        guard !value.isEmpty else { throw SIPParseError(.headerValue, "parameter with `=` but no value") }
        return (name, value)
    }

    /// uri-parameter = 1*paramchar [ "=" 1*paramchar ].
    private static func nextURI(_ cursor: inout Cursor) throws(SIPParseError) -> (Range<Int>, Range<Int>?) {
        let name = PercentEncoding.run(&cursor, .uriParameter)
        guard !name.isEmpty else { throw SIPParseError(.uri, "URI parameter without name") }
        guard cursor.take(UInt8(ascii: "=")) else { return (name, nil) }
        let value = PercentEncoding.run(&cursor, .uriParameter)
        guard !value.isEmpty else { throw SIPParseError(.uri, "URI parameter with `=` but no value") }
        return (name, value)
    }
}
