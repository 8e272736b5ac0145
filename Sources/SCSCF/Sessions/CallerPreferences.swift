import SIP

/// What a caller asks of the contact a request is for, RFC 3841: feature tags it must have, and that one contact alone
/// gets the request. A gateway asks so of the contact that takes short messages (TS 24.341 §5.3.3).
///
/// Deviation from RFC 3841 §7.2.4: tags with a value are not judged, nor are preferences without `require` and `explicit`.
struct CallerPreferences: Equatable {
    /// Tags a contact must name.
    private(set) var required: Set<String> = []
    private(set) var isForked = true

    /// Nil where the request asks for nothing of the kind, as most do.
    init?(_ request: SIPMessage) {
        guard request.has(.acceptContact) || request.has(.requestDisposition) else { return nil }
        for value in request.texts(.acceptContact) { require(value) }
        isForked = !request.texts(.requestDisposition).contains { $0.lowercased() == "no-fork" }
    }

    private mutating func require(_ value: String) {
        let words = value.lowercased().split { $0 == ";" || $0 == " " || $0 == "\t" }.map(String.init)
        guard words.contains("require"), words.contains("explicit") else { return }
        required.formUnion(words.dropFirst().filter { $0 != "require" && $0 != "explicit" && !$0.contains("=") })
    }

    /// The contacts that will do, in groups as they are tried.
    func chosen(of groups: [[Binding]]) -> [[Binding]] {
        let fitting = groups.map { group in
            group.filter { binding in required.allSatisfy { binding.address.params.has($0) } }
        }.filter { !$0.isEmpty }
        guard !isForked else { return fitting }
        // The one registered last of those with the highest q.
        return fitting.first?.max { $0.serial < $1.serial }.map { [[$0]] } ?? []
    }
}
