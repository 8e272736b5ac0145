extension SIPURI {
    /// Whether two URIs are equivalent by RFC 3261 §19.1.4.
    ///
    /// The clause's text lists user, ttl, method and maddr as parameters whose presence in one URI alone forbids a
    /// match; its examples add transport. Both are followed. Header values compare as text after undoing escapes.
    public func isEquivalent(to other: SIPURI) -> Bool {
        if self == other { return true }
        guard scheme == other.scheme, port == other.port, hostPart.isEquivalent(to: other.hostPart) else {
            return false
        }
        guard Self.same(user, other.user, .user), Self.same(password, other.password, .password) else { return false }
        return hasEquivalentParameters(other) && Self.headerFields(headers) == Self.headerFields(other.headers)
    }

    /// Parameters that must be in both URIs or in neither.
    private static let decisive = ["user", "ttl", "method", "maddr", "transport"]

    private func hasEquivalentParameters(_ other: SIPURI) -> Bool {
        for name in Self.decisive where params.has(name) != other.params.has(name) { return false }
        return params.all.allSatisfy { parameter in
            guard let theirs = other.params[parameter.name], let ours = params[parameter.name] else { return true }
            return equalsFolded(ours, theirs)
        }
    }

    /// Both absent, or equal once the escapes of characters that need none are undone; user parts compare with case.
    private static func same(_ a: String?, _ b: String?, _ plain: ByteSet) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return PercentEncoding.normalized(a, plain: plain) == PercentEncoding.normalized(b, plain: plain)
    }

    /// The headers component as sorted name-and-value pairs, names in lower case: their order does not matter.
    private static func headerFields(_ headers: String?) -> [String] {
        guard let headers else { return [] }
        let fields = headers.split(separator: "&", omittingEmptySubsequences: true).map { field -> String in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                PercentEncoding.decoded(String($0))
            }
            return lowercasedASCII(parts[0]) + "=" + (parts.count > 1 ? parts[1] : "")
        }
        return fields.sorted()
    }
}
