import RoleKit

/// Which S-CSCF may serve a user. TS 29.228 §6.7, TS 24.229 §5.3.1.2
enum SCSCFSelection {
    /// URIs in the order to try: first those the HSS names, then ours that have every mandatory capability, the ones
    /// with more of the optional ones first and the file's order among equals. Nothing already tried comes again.
    static func candidates(
        for wanted: ServerCapabilities, from known: [KnownSCSCF], except tried: [String]
    ) -> [String] {
        var found = wanted.serverNames.filter { !tried.contains($0) }
        let able = known.filter { scscf in wanted.mandatory.allSatisfy(scscf.capabilities.contains) }
        let ranked = able.enumerated().sorted { a, b in
            let (x, y) = (score(a.element, wanted), score(b.element, wanted))
            return x == y ? a.offset < b.offset : x > y
        }
        for (_, scscf) in ranked where !tried.contains(scscf.uri) && !found.contains(scscf.uri) {
            found.append(scscf.uri)
        }
        return found
    }

    private static func score(_ scscf: KnownSCSCF, _ wanted: ServerCapabilities) -> Int {
        wanted.optional.count { scscf.capabilities.contains($0) }
    }
}
