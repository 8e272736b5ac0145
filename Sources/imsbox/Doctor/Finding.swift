import RoleKit

/// One plain sentence about what is so, and where that is not as it should be, what to do.
struct Finding: Equatable {
    enum Verdict: String { case ok, warning, wrong }

    var verdict: Verdict
    var text: String
    var cure: String?

    static func ok(_ text: String) -> Finding { Finding(verdict: .ok, text: text) }

    /// It works, or may be meant so, but not all that people expect will.
    static func warning(_ text: String, cure: String) -> Finding {
        Finding(verdict: .warning, text: text, cure: cure)
    }

    /// Something does not work.
    static func wrong(_ text: String, cure: String) -> Finding { Finding(verdict: .wrong, text: text, cure: cure) }

    /// What others of ours say as `problem – cure`.
    init(_ verdict: Verdict, said: String) {
        let dash = " – "
        let words = Self.split(said, at: dash)
        self.init(verdict: verdict, text: words.first, cure: words.rest)
    }

    private init(verdict: Verdict, text: String, cure: String? = nil) {
        self.verdict = verdict
        self.text = text
        self.cure = cure
    }

    private static func split(_ text: String, at mark: String) -> (first: String, rest: String?) {
        guard let range = text.firstRange(of: mark) else { return (text, nil) }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }
}

/// One thing `imsbox doctor` looks at: a pure function over facts gathered once. A further check is a further row.
struct DoctorCheck {
    var name: String
    var judge: (DoctorFacts) -> [Finding]

    static var table: [DoctorCheck] {
        [
            DoctorCheck(name: "instance files", judge: files),
            DoctorCheck(name: "P-CSCF address", judge: addresses),
            DoctorCheck(name: "IPsec", judge: ipsec),
            DoctorCheck(name: "instances", judge: instances),
            DoctorCheck(name: "Diameter", judge: diameter),
            DoctorCheck(name: "subscribers", judge: subscribers),
            DoctorCheck(name: "ports", judge: ports),
            DoctorCheck(name: "state directory", judge: stateDirectory),
            DoctorCheck(name: "NAT", judge: translation),
        ]
    }

    /// What all checks find, in order.
    static func findings(_ facts: DoctorFacts) -> [(check: String, finding: Finding)] {
        table.flatMap { row in row.judge(facts).map { (row.name, $0) } }
    }
}
