/// A request method (RFC 3261 §7.1 and the RFCs that add methods). Method names are case-sensitive.
public enum SIPMethod: Hashable, Sendable, CustomStringConvertible {
    case invite, ack, bye, cancel, register, options, message, subscribe, notify, publish, refer, info, prack, update
    case other(String)

    /// The methods with a name of their own, by the byte kept in a message's index (0 = other).
    static let known: [SIPMethod] = [
        .other(""), .invite, .ack, .bye, .cancel, .register, .options, .message, .subscribe, .notify, .publish, .refer,
        .info,
        .prack, .update,
    ]

    /// The method of this name.
    public init(_ text: String) {
        let bytes = Array(text.utf8)
        let code = bytes.withUnsafeBufferPointer { Self.code($0) }
        self = code == 0 ? .other(text) : Self.known[Int(code)]
    }

    /// The name as written in a start line.
    public var name: String {
        switch self {
        case .invite: "INVITE"
        case .ack: "ACK"
        case .bye: "BYE"
        case .cancel: "CANCEL"
        case .register: "REGISTER"
        case .options: "OPTIONS"
        case .message: "MESSAGE"
        case .subscribe: "SUBSCRIBE"
        case .notify: "NOTIFY"
        case .publish: "PUBLISH"
        case .refer: "REFER"
        case .info: "INFO"
        case .prack: "PRACK"
        case .update: "UPDATE"
        case .other(let text): text
        }
    }

    public var description: String { name }

    /// The index byte of a method name; 0 if it has no name of its own here. No allocation.
    static func code(_ name: UnsafeBufferPointer<UInt8>) -> UInt8 {
        guard name.count >= 3, name.count <= 9 else { return 0 }
        var word: UInt64 = 0
        for byte in name.prefix(8) { word = word << 8 | UInt64(byte) }
        if name.count == 9 { return word == 0x5355_4253_4352_4942 && name[8] == 0x45 ? 8 : 0 }
        return switch word {
        case 0x494E_5649_5445: 1  // INVITE
        case 0x41_434B: 2  // ACK
        case 0x42_5945: 3  // BYE
        case 0x4341_4E43_454C: 4  // CANCEL
        case 0x5245_4749_5354_4552: 5  // REGISTER
        case 0x4F_5054_494F_4E53: 6  // OPTIONS
        case 0x4D_4553_5341_4745: 7  // MESSAGE
        case 0x4E4F_5449_4659: 9  // NOTIFY
        case 0x50_5542_4C49_5348: 10  // PUBLISH
        case 0x52_4546_4552: 11  // REFER
        case 0x494E_464F: 12  // INFO
        case 0x50_5241_434B: 13  // PRACK
        case 0x5550_4441_5445: 14  // UPDATE
        default: 0
        }
    }
}
