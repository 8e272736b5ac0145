import AKA
import Foundation
import LabHarness

/// Judges the 403s a sipp run met.
enum SippRefusals {
    /// Every refused attempt of a run. There is none where the HSS avoids zero octets in RES, as it does by default.
    static func all(_ result: SippResult) -> [String] { result.log.filter { $0.hasPrefix("refused ") } }

    /// The refused attempts of a run that sipp did not bring on itself.
    ///
    /// sipp 3.6.1 takes RES as a C string: if it has a zero octet, the response it sends is wrong and 403 is right. The
    /// scenarios log IMSI and nonce of every refusal; here the subscriber's own USIM computes RES for that nonce.
    static func unexcused(_ result: SippResult, _ numbers: ClosedRange<Int>) throws -> [String] {
        let functions = try AKAFunctions()
        let byIMSI = Dictionary(uniqueKeysWithValues: numbers.map { (Subscriber(number: $0).imsi, $0) })
        var unexcused: [String] = []
        for line in all(result) {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let number = byIMSI[words[1]] else {
                unexcused.append(line)
                continue
            }
            var usim = USIM(try Phone.keys(of: Subscriber(number: number), functions))
            guard case .authenticated(let res, _, _) = try usim.answer(to: words[2], functions) else {
                throw HarnessError("the network's AUTN for \(words[1]) is wrong")
            }
            if !res.contains(0) { unexcused.append("\(words[1]) was refused for no reason of sipp's") }
        }
        return unexcused
    }
}

extension USIM {
    /// The answer to a nonce of RFC 3310 §3.2: base64 of RAND, AUTN and whatever the server adds.
    mutating func answer(to nonce: String, _ functions: AKAFunctions) throws -> Answer {
        guard let octets = Data(base64Encoded: nonce).map(Array.init), octets.count >= 32,
            let rand = Block128(octets[0..<16]), let autn = Block128(octets[16..<32])
        else { throw HarnessError("nonce is not base64 of RAND and AUTN: \(nonce)") }
        return try answer(rand: rand, autn: autn, functions)
    }
}
