/// A mobile network code pair, TS 23.003 §2.2.
public struct PLMN: Hashable, Sendable, CustomStringConvertible {
    /// Three digits.
    public let mcc: String
    /// Two or three digits, as assigned.
    public let mnc: String

    public init?(mcc: String, mnc: String) {
        guard mcc.utf8.count == 3, (2...3).contains(mnc.utf8.count), mcc.utf8.allSatisfy(ASCII.isDigit),
            mnc.utf8.allSatisfy(ASCII.isDigit)
        else { return nil }
        self.mcc = mcc
        self.mnc = mnc
    }

    /// The network an IMSI belongs to; how long its MNC is no IMSI tells.
    public init?(imsi: String, mncDigits: Int) {
        let digits = Array(imsi.utf8)
        guard (2...3).contains(mncDigits), digits.count > 3 + mncDigits else { return nil }
        self.init(
            mcc: String(decoding: digits[..<3], as: UTF8.self),
            mnc: String(decoding: digits[3..<(3 + mncDigits)], as: UTF8.self))
    }

    /// The network of a derived home domain. Its MNC has three digits there, so `mnc` has too.
    public init?(homeDomain: String) {
        let labels = homeDomain.utf8.map(ASCII.lowered).split(separator: UInt8(ascii: "."))
        let names = labels.map { String(decoding: $0, as: UTF8.self) }
        guard names.count == 5, names[0] == "ims", names[1].hasPrefix("mnc"), names[2].hasPrefix("mcc"),
            names[3] == "3gppnetwork", names[4] == "org", names[1].utf8.count == 6
        else { return nil }
        self.init(mcc: String(names[2].dropFirst(3)), mnc: String(names[1].dropFirst(3)))
    }

    /// The MNC with a leading zero where it has two digits, TS 23.003 §13.2.
    public var threeDigitMNC: String { mnc.utf8.count == 2 ? "0" + mnc : mnc }

    /// The home network domain name of a subscription without ISIM, TS 23.003 §13.2.
    public var homeDomain: String { "ims.mnc\(threeDigitMNC).mcc\(mcc).3gppnetwork.org" }

    public var description: String { mcc + "/" + mnc }
}
