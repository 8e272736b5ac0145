import Diameter

/// Takes authentication vectors and digest secrets out of a Diameter answer, keeping every length.
///
/// Rows: the commands whose answers carry them, the groups that hold them, the AVPs themselves. Masked data becomes
/// `x`, which is as good an OctetString or UTF8String as any.
public enum DiameterRedaction {
    private struct Row: Hashable {
        var code: UInt32
        var vendor: Vendor

        init<V>(_ key: AVPKey<V>) {
            code = key.code
            vendor = key.vendor
        }
    }

    /// Answers with secrets: Multimedia-Auth (TS 29.229 §6.1.8), Authentication-Information (TS 29.272 §7.2.6).
    private static let commands: [UInt32] = [CxCommands.multimediaAuth, S6aCommands.authenticationInformation]
    private static let groups: [Row] = [
        Row(Cx.sipAuthDataItem), Row(Cx.sipDigestAuthenticate), Row(S6a.authenticationInfo), Row(S6a.eutranVector),
    ]
    /// SIP-Authorization is XRES in an answer; Digest-HA1 comes from RFC 4740 §9.5.8.3.
    private static let secrets: [Row] = [
        Row(Cx.sipAuthorization), Row(Cx.confidentialityKey), Row(Cx.integrityKey), Row(Borrowed.digestHA1),
        Row(S6a.xres), Row(S6a.kasme),
    ]

    public static func redact(_ message: [UInt8]) -> [UInt8] {
        let header = DiameterLimits.headerBytes
        guard message.count > header, message[4] & CommandFlags.request.rawValue == 0 else { return message }
        let command = UInt32(message[5]) << 16 | UInt32(message[6]) << 8 | UInt32(message[7])
        guard commands.contains(command) else { return message }
        var masked = message
        mask(&masked, header..<message.count)
        return masked
    }

    private static func mask(_ bytes: inout [UInt8], _ range: Range<Int>) {
        guard let level = AVPGroup(avp: bytes, in: range) else { return }
        var end = range.lowerBound
        for place in level.places {
            let secret = secrets.contains { $0.code == place.code && $0.vendor == place.vendor }
            let group = groups.contains { $0.code == place.code && $0.vendor == place.vendor }
            if secret { fill(&bytes, place.data) } else if group { mask(&bytes, place.data) }
            end = place.next
        }
        // What follows an AVP of impossible length cannot be told apart, so none of it is kept.
        if end < range.upperBound { fill(&bytes, end..<range.upperBound) }
    }

    private static func fill(_ bytes: inout [UInt8], _ range: Range<Int>) {
        for i in range { bytes[i] = UInt8(ascii: "x") }
    }
}
