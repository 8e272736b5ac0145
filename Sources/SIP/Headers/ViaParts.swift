/// Where the parts of a Via value stand: checked by the grammar, nothing copied (RFC 3261 §20.42, §25.1 via-parm).
struct ViaParts {
    var transport: Range<Int>
    var host: HostParts
    var port: Int?
    /// The `;name=value` part.
    var params: Range<Int>

    /// sent-protocol LWS sent-by *( SEMI via-params ), filling the cursor's whole range.
    static func read(_ start: Cursor) throws(SIPParseError) -> ViaParts {
        var cursor = start
        var parts = try readSentBy(&cursor, version: "2.0")
        parts.params = try Parameters.skip(&cursor, .header)
        guard cursor.isFinished() else { throw SIPParseError(.headerValue, "text after a Via") }
        return parts
    }

    /// The same of a broken Via as far as an answer needs it: any version, and parameters only if all are good.
    static func readForResponse(_ start: Cursor) -> ViaParts? {
        var cursor = start
        guard var parts = try? readSentBy(&cursor, version: nil) else { return nil }
        parts.params = (try? Parameters.skip(&cursor, .header)) ?? 0..<0
        return parts
    }

    /// sent-protocol = protocol-name SLASH protocol-version SLASH transport, then LWS and host [ COLON port ].
    private static func readSentBy(_ cursor: inout Cursor, version: StaticString?) throws(SIPParseError) -> ViaParts {
        cursor.skipSpace()
        let name = cursor.run(.token)
        guard cursor.equalsFolded(name, "sip"), cursor.takeSpaced(UInt8(ascii: "/")) else { throw noProtocol }
        let found = cursor.run(.token)
        guard version.map({ cursor.equalsFolded(found, $0) }) ?? true, cursor.takeSpaced(UInt8(ascii: "/")) else {
            throw noProtocol
        }
        let transport = cursor.run(.token)
        let end = cursor.at
        cursor.skipSpace()
        guard !transport.isEmpty, cursor.at > end else { throw noProtocol }
        let host: HostParts
        do { host = try HostParts.read(&cursor) } catch {
            throw SIPParseError(.headerValue, "Via sent-by: " + error.detail)
        }
        var port: Int?
        if cursor.takeSpaced(UInt8(ascii: ":")) {
            do { port = try URIParts.readPort(&cursor) } catch {
                throw SIPParseError(.headerValue, "Via " + error.detail)
            }
        }
        return ViaParts(transport: transport, host: host, port: port, params: 0..<0)
    }

    private static var noProtocol: SIPParseError { SIPParseError(.headerValue, "Via without SIP/2.0/transport") }
}
