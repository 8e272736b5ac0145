import COpenSSL

/// Comparing and forgetting secret octets.
public enum Secrets {
    /// Equality in a time that depends on the lengths only, for RES, MAC-A, MAC-S and digest responses.
    ///
    /// Two empty values are not equal: whoever compares secrets must have one.
    public static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count, !a.isEmpty else { return false }
        return CRYPTO_memcmp(a, b, a.count) == 0
    }

    /// Overwrites the octets in a way the optimiser may not drop, then empties the array. Copies made before are not
    /// reached: keep secret arrays uniquely owned.
    public static func wipe(_ octets: inout [UInt8]) {
        octets.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
        octets.removeAll(keepingCapacity: false)
    }
}
