import RoleKit
import SIP

/// The order in which a user's contacts are rung: those of one q at once, higher q first (RFC 3261 §16.6, §20.10;
/// TS 24.229 §5.4.3.3).
enum ForkPlan {
    /// Groups of bindings, the one to try first in front.
    static func groups(_ bindings: [Binding], at now: Moment) -> [[Binding]] {
        var groups: [(q: Int, bindings: [Binding])] = []
        for binding in bindings where binding.expiry > now {
            let q = quality(binding.address.params["q"])
            if let index = groups.firstIndex(where: { $0.q == q }) {
                groups[index].bindings.append(binding)
            } else {
                groups.append((q, [binding]))
            }
        }
        return groups.sorted { $0.q > $1.q }.map(\.bindings)
    }

    /// A qvalue in thousandths; 1 where there is none or none that can be read (RFC 3261 §25.1).
    static func quality(_ text: String?) -> Int {
        guard let text, !text.isEmpty else { return 1_000 }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int(parts[0]), (0...1).contains(whole) else { return 1_000 }
        guard whole == 0, parts.count == 2 else { return whole * 1_000 }
        let digits = parts[1].prefix(3)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return 1_000 }
        return digits.isEmpty ? 0 : Int(digits + String(repeating: "0", count: 3 - digits.count)) ?? 0
    }
}
