/// Byte classes the identities and the XML of this module are made of.
enum ASCII {
    static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        let low = byte | 0x20
        return isDigit(byte) || (low >= UInt8(ascii: "a") && low <= UInt8(ascii: "z"))
    }

    static let upperHex = Array("0123456789ABCDEF".utf8)

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
