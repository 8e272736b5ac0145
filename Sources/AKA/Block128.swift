/// Sixteen octets as one number, most significant octet first: the unit Milenage computes on (TS 35.206 §3.2).
///
/// Holding K, OPc, CK and IK like this costs no allocation and makes XOR and rotation single instructions. It prints
/// nothing of its value, because most of the values it holds are secret.
public struct Block128: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    public var value: UInt128

    @inlinable public init(_ value: UInt128) { self.value = value }

    /// From exactly sixteen octets; nil otherwise.
    @inlinable public init?(_ octets: some Collection<UInt8>) {
        guard octets.count == 16 else { return nil }
        var value: UInt128 = 0
        for octet in octets { value = value << 8 | UInt128(octet) }
        self.value = value
    }

    /// The same from memory, without copying it first: a million keys are read when an HSS starts.
    public init?(memory: UnsafeRawBufferPointer) {
        guard memory.count == 16 else { return nil }
        value = UInt128(bigEndian: memory.loadUnaligned(as: UInt128.self))
    }

    /// The sixteen octets, most significant first.
    public var octets: [UInt8] { Block128.octets(of: value, count: 16) }

    /// Thirty-two lower-case digits, as RFC 2617 §3.1.3 writes a hash: for who asks for it by name.
    public var hexadecimal: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.utf8.count) + digits
    }

    /// The leading 64 bits.
    var high: UInt64 { UInt64(truncatingIfNeeded: value >> 64) }
    /// The trailing 64 bits.
    var low: UInt64 { UInt64(truncatingIfNeeded: value) }

    static func ^ (a: Block128, b: Block128) -> Block128 { Block128(a.value ^ b.value) }

    /// Cyclic rotation towards the most significant bit: `rot` of TS 35.206 §3.2.
    func rotated(_ bits: Int) -> Block128 {
        bits == 0 ? self : Block128(value << UInt128(bits) | value >> UInt128(128 - bits))
    }

    /// The low `count` octets of a number, most significant first.
    static func octets(of value: UInt128, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            for i in 0..<count {
                buffer.initializeElement(at: i, to: UInt8(truncatingIfNeeded: value >> UInt128(8 * (count - 1 - i))))
            }
            filled = count
        }
    }

    public var description: String { "(16 octets)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
