/// name-addr or addr-spec with header parameters: From, To, Contact, Route, Path, P-Asserted-Identity … (RFC 3261
/// §20.10, §25.1).
public struct NameAddress: Sendable, Hashable, CustomStringConvertible {
    /// The display name, unquoted; nil if there is none.
    public var display: String? {
        get { writtenDisplay.map(QuotedText.unquoted) }
        set { writtenDisplay = newValue.map(QuotedText.quoted) }
    }

    /// The display name as written, with its quotes.
    public private(set) var writtenDisplay: String?
    public var uri: AnyURI
    /// Header parameters (tag, expires, q, +sip.instance, reg-id …); URI parameters are in `uri`.
    public var params: Parameters

    /// A value from its parts; the display name is quoted when written.
    public init(display: String? = nil, uri: AnyURI, params: Parameters = Parameters()) {
        self.uri = uri
        self.params = params
        self.display = display
    }

    /// The value of a text such as `"Bob" <sip:bob@example.org>;tag=1`.
    public init(parsing text: String) throws(SIPParseError) {
        self = try NameAddress(Cursor(text))
    }

    /// Reads a value that fills the cursor's whole range.
    init(_ cursor: Cursor) throws(SIPParseError) {
        let parts = try AddressParts.read(cursor)
        var inside = Cursor(cursor.bytes, parts.uri)
        writtenDisplay = parts.display.map(cursor.text)
        uri = try AnyURI.read(&inside)
        params = try Parameters(cursor, parts.params, .header)
    }

    /// The `tag` parameter (RFC 3261 §19.3).
    public var tag: String? { params["tag"] }

    /// Always in name-addr form, so that URI and header parameters cannot be confused (RFC 3261 §20.10).
    public var description: String {
        var out: [UInt8] = []
        out.reserveCapacity(256)
        if let writtenDisplay {
            out.append(contentsOf: writtenDisplay.utf8)
            out.append(UInt8(ascii: " "))
        }
        out.append(UInt8(ascii: "<"))
        if case .sip(let uri) = uri { uri.append(to: &out) } else { out.append(contentsOf: uri.description.utf8) }
        out.append(UInt8(ascii: ">"))
        params.append(to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
