@testable import Diameter

/// Messages and rows tests share.
enum Samples {
    static let icscf = DiameterOrigin(host: "icscf.home", realm: "home")
    static let hss = DiameterOrigin(host: "hss.home", realm: "home")

    /// A UAR with everything its grammar asks for.
    static func uar(hopByHop: UInt32 = 7, endToEnd: UInt32 = 9) -> DiameterMessage {
        var uar = DiameterMessage(
            CxCommands.userAuthorization, application: Application.cx, flags: [.request, .proxiable],
            hopByHop: hopByHop, endToEnd: endToEnd)
        uar[Base.sessionID] = "icscf.home;1;2"
        uar[Base.vendorSpecificApplicationID] = .applicationID(Application.cx, .threeGPP)
        uar[Base.authSessionState] = .noStateMaintained
        uar[Base.originHost] = icscf.host
        uar[Base.originRealm] = icscf.realm
        uar[Base.destinationRealm] = "home"
        uar[Base.userName] = "001010000000001@home"
        uar[Cx.publicIdentity] = "sip:001010000000001@home"
        uar[Cx.visitedNetworkIdentifier] = Array("\"home\"".utf8)
        return uar
    }

    /// Every command with least content: what its grammar requires, each AVP with the least value of its format.
    static func least(_ rule: CommandRule, isRequest: Bool) -> DiameterMessage {
        let proxiable: CommandFlags = rule.isProxiable ? [.proxiable] : []
        var message = DiameterMessage(
            rule.code, application: rule.application, flags: proxiable.union(isRequest ? [.request] : []), hopByHop: 1,
            endToEnd: 1)
        for avp in isRequest ? rule.request : rule.answer where avp.least > 0 { add(avp, to: &message) }
        return message
    }

    private static func add(_ rule: AVPRule, to container: inout some AVPContainer) {
        guard let row = AVPDictionary.standard.definition(rule.code, rule.vendor) else { return }
        container.add(code: row.code, vendor: row.vendor, flags: row.flags, data: data(row))
    }

    /// Data of a row that decodes without a fault.
    static func data(_ row: AVPDefinition) -> [UInt8] {
        switch row.format {
        // An IPv4 address as bytes has four of them.
        case .octetString:
            row.code == Borrowed.framedIPAddress.code && row.vendor == .ietf ? [127, 0, 0, 1] : [1, 2, 3]
        case .integer32, .unsigned32, .float32: [0, 0, 0, 1]
        case .time: [0xE8, 0, 0, 0]
        case .integer64, .unsigned64, .float64: [0, 0, 0, 0, 0, 0, 0, 1]
        case .address: [0, 1, 127, 0, 0, 1]
        case .utf8String, .ipFilterRule: Array("text".utf8)
        case .diameterIdentity: Array("host.home".utf8)
        case .diameterURI: Array("aaa://host.home".utf8)
        case .enumerated:
            bigEndian(row.values.first?.value ?? 0)
        case .grouped: group(row)
        }
    }

    private static func group(_ row: AVPDefinition) -> [UInt8] {
        var group = AVPGroup()
        for member in row.members where member.least > 0 { add(member, to: &group) }
        return Array(group.bytes[group.body])
    }

    static func bigEndian(_ value: Int32) -> [UInt8] {
        let bits = UInt32(bitPattern: value)
        return [UInt8(bits >> 24), UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
    }
}
