/// SHA-256 for tests (FIPS 180-4): this module's digest takes its hash from outside.
func sha256(_ message: [UInt8]) -> [UInt8] {
    let primes = (2...311).filter { number in !(2..<number).contains { number % $0 == 0 } }
    let constants = primes.map { fraction(Double($0), cubic: true) }
    var state = primes.prefix(8).map { fraction(Double($0), cubic: false) }
    var bytes = message + [0x80]
    while bytes.count % 64 != 56 { bytes.append(0) }
    let length = UInt64(message.count) * 8
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(56 - 8 * $0)) }
    for block in stride(from: 0, to: bytes.count, by: 64) {
        var words: [UInt32] = (0..<16).map { index in
            (0..<4).reduce(0 as UInt32) { $0 << 8 | UInt32(bytes[block + index * 4 + $1]) }
        }
        for index in 16..<64 {
            let early = words[index - 15]
            let late = words[index - 2]
            let s0 = turn(early, 7) ^ turn(early, 18) ^ early >> 3
            let s1 = turn(late, 17) ^ turn(late, 19) ^ late >> 10
            words.append(words[index - 16] &+ s0 &+ words[index - 7] &+ s1)
        }
        var now = state
        for index in 0..<64 {
            let (a, e) = (now[0], now[4])
            let choice = (e & now[5]) ^ (~e & now[6])
            let majority = (a & now[1]) ^ (a & now[2]) ^ (now[1] & now[2])
            let first = now[7] &+ (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) &+ choice &+ constants[index] &+ words[index]
            let second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) &+ majority
            now = [first &+ second, a, now[1], now[2], now[3] &+ first, e, now[5], now[6]]
        }
        for index in 0..<8 { state[index] = state[index] &+ now[index] }
    }
    return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
}

private func turn(_ word: UInt32, _ bits: UInt32) -> UInt32 { word >> bits | word << (32 - bits) }

/// The first 32 bits behind the point of a square or cube root, by integer search.
private func fraction(_ number: Double, cubic: Bool) -> UInt32 {
    let target = UInt64(number)
    var root: UInt64 = 0
    for bit in stride(from: 36, through: 0, by: -1) {
        let trial = root | 1 << UInt64(bit)
        if isAtMost(trial, target, cubic) { root = trial }
    }
    return UInt32(truncatingIfNeeded: root)
}

/// Whether (trial / 2³²) to the second or third power is at most `target`.
private func isAtMost(_ trial: UInt64, _ target: UInt64, _ cubic: Bool) -> Bool {
    let square = trial.multipliedFullWidth(by: trial)
    if !cubic { return square.high < target || (square.high == target && square.low == 0) }
    // trial³ ≤ target · 2⁹⁶, in three words.
    let low = square.low.multipliedFullWidth(by: trial)
    let high = square.high.multipliedFullWidth(by: trial)
    let (middle, carry) = low.high.addingReportingOverflow(high.low)
    let top = high.high + (carry ? 1 : 0)
    let limitTop = target >> 32
    let limitMiddle = target << 32
    return top != limitTop ? top < limitTop : middle != limitMiddle ? middle < limitMiddle : low.low == 0
}
