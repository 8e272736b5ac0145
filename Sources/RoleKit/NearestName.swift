/// Finds the word a typing mistake meant.
public enum NearestName {
    /// The candidate with the fewest single-letter changes, if they are few for the word's length; ties go to the
    /// first candidate.
    public static func find(_ word: String, among candidates: [String]) -> String? {
        let limit = max(1, min(3, word.utf8.count / 3))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let found = distance(word.lowercased(), candidate.lowercased())
            if found <= limit, found < best?.distance ?? Int.max { best = (candidate, found) }
        }
        return best?.name
    }

    /// Changes of one letter (insert, drop, replace, swap of neighbours) from `a` to `b`.
    static func distance(_ a: String, _ b: String) -> Int {
        let x = Array(a.utf8.prefix(64))
        let y = Array(b.utf8.prefix(64))
        var earlier: [Int] = []
        var above = Array(0...y.count)
        for i in 0..<x.count {
            var row = [i + 1]
            for j in 0..<y.count {
                var cost = min(above[j + 1] + 1, row[j] + 1, above[j] + (x[i] == y[j] ? 0 : 1))
                if i > 0, j > 0, x[i] == y[j - 1], x[i - 1] == y[j] { cost = min(cost, earlier[j - 1] + 1) }
                row.append(cost)
            }
            earlier = above
            above = row
        }
        return above[y.count]
    }
}
