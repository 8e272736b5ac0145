import Foundation
import LabHarness

/// Milenage (TS 35.206) and KASME (TS 33.401 Annex A.2) by the command line of OpenSSL: nothing of ours has a part in it
/// but the order of the steps.
struct OpenSSLMilenage {
    typealias Octets = [UInt8]

    let k: Octets
    let opc: Octets
    private let folder: URL

    init(_ subscriber: Subscriber, in folder: URL) throws {
        self.folder = folder
        k = Array(subscriber.key.utf8)
        let op = Array(Subscriber.operatorKey.utf8)
        opc = Self.xor(try Self.encrypt(op, k, folder), op)
    }

    /// RES, CK, IK and AK of a challenge.
    func outputs(rand: Octets) throws -> (res: Octets, ck: Octets, ik: Octets, ak: Octets) {
        let temp = try Self.encrypt(Self.xor(rand, opc), k, folder)
        func out(rotatedBy octets: Int, _ constant: UInt8) throws -> Octets {
            var input = Self.xor(temp, opc)
            input = Array(input[octets...] + input[..<octets])
            input[15] ^= constant
            return Self.xor(try Self.encrypt(input, k, folder), opc)
        }
        let second = try out(rotatedBy: 0, 1)
        return (
            Array(second[8...]), try out(rotatedBy: 4, 2), try out(rotatedBy: 8, 4), Array(second[..<6])
        )
    }

    /// HMAC-SHA-256 of CK ‖ IK over FC = 0x10, the serving network and SQN ⊕ AK with their lengths.
    func kasme(rand: Octets, autn: Octets, network: Octets) throws -> Octets {
        let (_, ck, ik, _) = try outputs(rand: rand)
        let input = [0x10] + network + [0, 3] + autn[..<6] + [0, 6]
        return try Self.openssl(
            ["dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + Self.hex(ck + ik), "-binary"], input, folder)
    }

    private static func encrypt(_ block: Octets, _ key: Octets, _ folder: URL) throws -> Octets {
        try openssl(["enc", "-aes-128-ecb", "-nopad", "-K", hex(key)], block, folder)
    }

    private static func openssl(_ arguments: [String], _ input: Octets, _ folder: URL) throws -> Octets {
        let (from, to) = (folder.appendingPathComponent("in.bin"), folder.appendingPathComponent("out.bin"))
        try Data(input).write(to: from)
        let files = arguments[0] == "dgst" ? ["-out", to.path, from.path] : ["-in", from.path, "-out", to.path]
        let child = try Child(Product.tool("openssl"), arguments + files, name: "openssl")
        defer { child.destroy() }
        let status = try child.waitForExit(within: 30)
        guard status == .code(0) else { throw HarnessError("openssl: \(status)\n\(child.text)") }
        return Array(try Data(contentsOf: to))
    }

    private static func xor(_ a: Octets, _ b: Octets) -> Octets { zip(a, b).map { $0 ^ $1 } }

    static func hex(_ octets: Octets) -> String {
        octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// `0x…` as freeDiameter prints octets.
    static func octets(_ text: String?) -> Octets {
        let digits = (text ?? "").dropFirst(2).compactMap(\.hexDigitValue).map(UInt8.init)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
