import SMS

/// Octets of a hexadecimal text; spaces do not count.
func octets(_ text: String) -> [UInt8] {
    let digits = text.filter { $0 != " " }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Messages other people have published, and what they say.
enum Published {
    static let submit = octets("11000B916407281553F80000AA0AE8329BFD4697D9EC37")
    static let deliver = octets("040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")
    static let howAreYou = octets("040B911346610089F60000208062917314080CC8F71D14969741F977FD07")

    /// Relay-layer messages around them: reference 5, service centre +15559999999.
    static let dataFromMobile = octets("0005 00 07 91 5155 9999 99F9") + [UInt8(submit.count)] + submit
    static let dataToMobile = octets("0105 07 91 5155 9999 99F9 00") + [UInt8(deliver.count)] + deliver
}

/// A small source of chance that is the same each time.
struct Chance: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
