import RoleKit

/// The keys `apns:` and `ambr:` (see `HSSConfig+Reader.swift`).
extension EPSSubscription {
    /// Access points one ULA carries at most; Context-Identifier and phones allow no more than a few.
    static let highestAccessPoints = 15

    init(reading reader: inout SettingsReader) {
        self.init()
        reader.section("ambr") { rate = AggregateRate(reading: &$0, default: rate) }
        if reader.has("apns") { accessPoints = [] }
        let common = rate
        reader.sections("apns") {
            if let point = AccessPoint(reading: &$0, common) { accessPoints.append(point) }
        }
        judge(&reader)
    }

    private mutating func judge(_ reader: inout SettingsReader) {
        let names = accessPoints.map { $0.name.lowercased() }
        if names.isEmpty || names.count > EPSSubscription.highestAccessPoints {
            reader.reject(
                "apns", problem: "`apns` has \(names.count) access points",
                cure: "name 1 to \(EPSSubscription.highestAccessPoints); leave the key out for internet and ims")
        }
        if Set(names).count != names.count {
            reader.reject("apns", problem: "`apns` names an access point twice", cure: "leave one of them out")
        }
    }
}

extension AggregateRate {
    fileprivate init(reading reader: inout SettingsReader, default other: AggregateRate) {
        self.init(
            uplink: reader.integer("uplink", default: other.uplink, in: 1...AggregateRate.highest),
            downlink: reader.integer("downlink", default: other.downlink, in: 1...AggregateRate.highest))
    }
}

extension AccessPoint {
    fileprivate init?(reading reader: inout SettingsReader, _ common: AggregateRate) {
        let name = reader.string("name", default: "")
        self.init(
            name, qci: reader.integer("qci", default: 9, in: 1...254),
            priority: reader.integer("priority", default: 8, in: 1...15),
            pdnType: reader.choice("pdn", default: PDNType.ipv4v6))
        let rate = AggregateRate(reading: &reader, default: common)
        if rate != common { self.rate = rate }
        if AccessPoint.isNetworkIdentifier(name) { return }
        reader.reject(
            "name", problem: "\"\(name)\" is not the name of an access point",
            cure: "write letters, digits, hyphens and dots, e.g. internet")
        return nil
    }

    /// TS 23.003 §9.1.1: labels of a domain name.
    public static func isNetworkIdentifier(_ name: String) -> Bool {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.utf8.count <= 63
            && labels.allSatisfy { label in
                !label.isEmpty && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { $0 == UInt8(ascii: "-") || $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 }
            }
    }
}
