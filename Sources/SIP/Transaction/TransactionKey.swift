/// Names a transaction in a table: 128 bits of a keyed hash over what RFC 3261 §17.1.3 and §17.2.3 say must match.
///
/// Two transactions share a key with a chance of 2⁻¹²⁸; the key is secret, so nobody can make them.
public struct TransactionKey: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    @inlinable
    public func hash(into hasher: inout Hasher) { hasher.combine(low) }
}

/// Makes keys and loop marks from bytes of a message, without a `String`.
public struct KeyHash: Sendable {
    @usableFromInline var a: UInt64
    @usableFromInline var b: UInt64
    @usableFromInline let lock: UInt64

    /// Begins a hash with the stack's two secret numbers.
    @inlinable
    public init(seed: (UInt64, UInt64)) {
        a = seed.0 ^ 0x9E37_79B9_7F4A_7C15
        b = seed.1 ^ 0xD1B5_4A32_D192_ED03
        lock = seed.0 &+ seed.1 | 1
    }

    @inlinable
    static func fold(_ x: UInt64, _ y: UInt64) -> UInt64 {
        let product = x.multipliedFullWidth(by: y)
        return product.high ^ product.low
    }

    @inlinable
    public mutating func add(_ word: UInt64) {
        a = KeyHash.fold(a ^ word, lock ^ 0xA076_1D64_78BD_642F) &+ b
        b = KeyHash.fold(b ^ word.byteSwapped, lock ^ 0xE703_7ED1_A0B4_28DB) ^ a
    }

    /// Adds a part of a message; its length counts too, so that parts cannot run into one another.
    @inlinable
    public mutating func add(_ bytes: [UInt8], _ range: Range<Int>, foldingCase: Bool = false) {
        let range = range.clamped(to: 0..<bytes.count)
        add(UInt64(range.count) | 1 << 63)
        var word: UInt64 = 0
        var filled = 0
        for index in range {
            var byte = bytes[index]
            if foldingCase, byte &- 0x41 < 26 { byte |= 0x20 }
            word = word << 8 | UInt64(byte)
            filled += 1
            if filled == 8 {
                add(word)
                word = 0
                filled = 0
            }
        }
        if filled > 0 { add(word) }
    }

    @inlinable
    public func finish() -> TransactionKey {
        var end = self
        end.add(0x5349_5032)
        return TransactionKey(high: end.a, low: end.b)
    }
}
