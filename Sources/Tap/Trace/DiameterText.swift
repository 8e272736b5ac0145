import Diameter
import SIP

/// A Diameter message as indented lines, names from the dictionary.
public enum DiameterText {
    public static func lines(_ bytes: [UInt8]) -> [String] {
        guard let (message, faults) = try? DiameterMessage.decode(bytes) else { return ["not a Diameter message"] }
        let kind = message.isRequest ? "request" : "answer"
        var lines = ["\(message.shortName) (\(kind) \(message.command), application \(message.application))"]
        for place in message.places { append(place, bytes, indent: 2, to: &lines) }
        for fault in faults { lines.append("  fault: \(fault)") }
        return lines
    }

    private static func append(_ place: AVPPlace, _ bytes: [UInt8], indent: Int, to lines: inout [String]) {
        let margin = String(repeating: " ", count: indent)
        guard let row = AVPDictionary.standard.definition(place.code, place.vendor) else {
            lines.append("\(margin)AVP \(place.code) vendor \(place.vendor.rawValue): \(Hex.encode(bytes[place.data]))")
            return
        }
        if row.format == .grouped, let group = AVPGroup(avp: bytes, in: place.data) {
            lines.append(margin + row.name)
            for inner in group.places { append(inner, bytes, indent: indent + 2, to: &lines) }
            return
        }
        lines.append("\(margin)\(row.name): \(value(row, bytes, place.data))")
    }

    private static func value(_ row: AVPDefinition, _ bytes: [UInt8], _ range: Range<Int>) -> String {
        switch row.format {
        case .utf8String, .diameterIdentity, .diameterURI, .ipFilterRule:
            return String(decoding: bytes[range], as: UTF8.self)
        case .enumerated:
            guard let number = Int32(avp: bytes, in: range) else { break }
            let name = row.values.first { $0.value == number }?.name
            return name.map { "\($0) (\(number))" } ?? String(number)
        case .integer32:
            if let number = Int32(avp: bytes, in: range) { return String(number) }
        case .unsigned32:
            if let number = UInt32(avp: bytes, in: range) { return String(number) }
        case .unsigned64, .integer64:
            if let number = UInt64(avp: bytes, in: range) { return String(number) }
        case .octetString, .float32, .float64, .grouped, .address, .time: break
        }
        let data = bytes[range]
        let isText = !data.isEmpty && data.allSatisfy { (32..<127).contains($0) }
        return isText ? String(decoding: data, as: UTF8.self) : Hex.encode(data)
    }
}
