import IMSCore
import SIP
import SMS

/// A user of this network as the gateway knows one: by a number where there is one, else by a SIP identity.
struct Correspondent: Equatable {
    /// The canonical identity messages are filed under: `tel:+E164`, else `sip:user@domain`.
    let key: String
    /// Where a message to this user goes: the identity its S-CSCF has asserted.
    let uri: String
    /// Its TP-Originating-Address.
    let address: TPAddress

    /// Who has sent a request, by what its S-CSCF asserts: P-Asserted-Identity, else P-Served-User (TS 24.341 §5.3.3.3.1,
    /// TS 24.229 §5.7.1.3A). Nil where it asserts nothing.
    init?(_ message: SIPMessage, home: String) {
        var uris = ((try? message.addresses(.pAssertedIdentity)) ?? []).map(\.uri.description)
        if uris.isEmpty, let served = try? message.address(.pServedUser) { uris = [served.uri.description] }
        guard let first = uris.first, let impu = IMPU(first) else { return nil }
        uri = first
        if let number = uris.lazy.compactMap({ Self.number($0, home: home) }).first,
            let address = TPAddress(number: number.description)
        {
            key = number.uri.description
            self.address = address
        } else {
            key = impu.text
            address = TPAddress(name: String(Self.user(impu)))
        }
    }

    /// The key of any identity of a user.
    static func key(_ uri: String, home: String) -> String? {
        number(uri, home: home)?.uri.description ?? IMPU(uri)?.text
    }

    /// The number a tel URI, or a SIP URI of the home network with a number as its user part, bears.
    private static func number(_ uri: String, home: String) -> E164Number? {
        guard let impu = IMPU(uri), impu.kind == .tel || impu.domain == home else { return nil }
        return E164Number(global: String(user(impu)))
    }

    private static func user(_ impu: IMPU) -> Substring {
        let colon = impu.text.firstIndex(of: ":") ?? impu.text.startIndex
        return impu.text[colon...].dropFirst().prefix { $0 != "@" && $0 != ";" }
    }
}
