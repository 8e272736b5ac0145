package import Foundation

/// What tshark, an independent decoder, says about a captured file.
package struct Dissection {
    package let file: URL

    package init(file: URL) {
        self.file = file
    }

    /// The ports instance files name; tshark's own tables know only some of them.
    package static let decodeAs = [
        "udp.port==5060,sip", "tcp.port==5060,sip", "tcp.port==5090,sip", "udp.port==5070,sip", "tcp.port==5070,sip",
        "udp.port==4060,sip", "udp.port==7060,sip", "tcp.port==7060,sip",
        "tcp.port==4060,sip", "udp.port==6060,sip",
        "tcp.port==6060,sip", "tcp.port==3868,diameter", "tcp.port==3869,diameter", "tcp.port==3870,diameter",
    ]

    /// Everything tshark objects to: malformed or cut packets, and expert items of severity "warn" (0x600000) and above,
    /// under which it files unknown AVPs, commands, applications and vendors, wrong lengths and bad SIP values.
    package static let objection =
        "(sip or diameter or _ws.malformed or _ws.unreassembled) and "
        + "(_ws.malformed or _ws.unreassembled or _ws.short or _ws.expert.severity >= 0x600000 or diameter.avp.code.unknown "
        + "or diameter.avp.unknown or diameter.avp.invalid-data or diameter.avp.invalid-len or diameter.cmd.code.unknown)"

    /// One line for each packet tshark objects to: frame, ends, what it says.
    package func objections() throws -> [String] {
        try fields(["frame.number", "ip.src", "ip.dst", "_ws.col.Info", "_ws.expert.message"], where: Self.objection)
    }

    /// The number of packets that match a display filter.
    package func count(_ filter: String) throws -> Int {
        try fields(["frame.number"], where: filter).count
    }

    /// One tab-separated line for each packet that matches.
    package func fields(_ names: [String], where filter: String) throws -> [String] {
        let flags = names.flatMap { ["-e", $0] } + Self.decodeAs.flatMap { ["-d", $0] }
        // Errors of tshark itself (a filter it does not know) must not pass for "nothing found": they end with a status.
        let child = try Child(
            Product.tool("tshark"), ["-r", file.path, "-Y", filter, "-T", "fields"] + flags, name: "tshark")
        defer { child.destroy() }
        let status = try child.waitForExit(within: 120)
        guard status == .code(0) else { throw HarnessError("tshark: \(status)\n\(child.text)") }
        return child.text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("Running as user") }
    }
}
