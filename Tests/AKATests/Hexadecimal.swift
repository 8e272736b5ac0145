@testable import AKA

/// Octets of a hexadecimal constant of a test.
func octets(_ text: String) -> [UInt8] {
    let digits = text.utf8.map { $0 < 58 ? $0 - 48 : ($0 | 32) - 87 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func number(_ text: String) -> UInt64 { octets(text).reduce(0) { $0 << 8 | UInt64($1) } }

func block(_ text: String) -> Block128 { Block128(octets(text)) ?? Block128(0) }

func hexadecimal(_ octets: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".unicodeScalars)
    return octets.reduce(into: "") {
        $0.unicodeScalars.append(digits[Int($1 >> 4)])
        $0.unicodeScalars.append(digits[Int($1 & 15)])
    }
}

func hexadecimal(_ value: UInt64, octets count: Int) -> String {
    hexadecimal(Block128.octets(of: UInt128(value), count: count))
}
