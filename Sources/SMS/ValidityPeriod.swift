/// How long a sender wants its message kept, TP-Validity-Period, TS 23.040 §9.2.3.12.
public enum ValidityPeriod: Hashable, Sendable {
    /// §9.2.3.12.1: one octet.
    case relative(UInt8)
    /// §9.2.3.12.2
    case absolute(TimeStamp)
    /// §9.2.3.12.3: seven octets, as they came.
    case enhanced([UInt8])

    /// TP-Validity-Period-Format, §9.2.3.3.
    var format: UInt8 {
        switch self {
        case .enhanced: 1
        case .relative: 2
        case .absolute: 3
        }
    }

    init?(format: UInt8, reading reader: inout OctetReader) throws(SMSFault) {
        switch format {
        case 0: return nil
        case 1: self = .enhanced(try reader.octets(7, "TP-VP"))
        case 2: self = .relative(try reader.octet("TP-VP"))
        default: self = .absolute(try TimeStamp(reading: &reader, "TP-VP"))
        }
        if case .enhanced(let octets) = self, Self.seconds(enhanced: octets) == .some(.none) {
            throw SMSFault(.invalid, "TP-VP of a reserved format")
        }
    }

    var octets: [UInt8] {
        switch self {
        case .relative(let octet): [octet]
        case .absolute(let time): time.octets
        case .enhanced(let octets): octets
        }
    }

    /// Seconds from now; nil where the sender leaves it to the service centre.
    public func seconds(from now: Int64) -> Int64? {
        switch self {
        case .relative(let octet): Self.seconds(relative: octet)
        case .absolute(let time): max(0, time.unixSeconds - now)
        case .enhanced(let octets): Self.seconds(enhanced: octets) ?? nil
        }
    }

    /// One row a range of the octet's values.
    private static func seconds(relative octet: UInt8) -> Int64 {
        let value = Int64(octet)
        return switch octet {
        case 0...143: (value + 1) * 300
        case 144...167: 43_200 + (value - 143) * 1_800
        case 168...196: (value - 166) * 86_400
        default: (value - 192) * 604_800
        }
    }

    /// Outer nil: no period is given; inner nil: a reserved format.
    private static func seconds(enhanced octets: [UInt8]) -> Int64?? {
        guard octets.count == 7 else { return .some(nil) }
        // §9.2.3.12.3: bit 7 says that another functionality indicator follows; there is none yet.
        let value = octets[0] & 0x80 == 0 ? octets[1...] : octets[2...]
        guard let first = value.first else { return .some(nil) }
        switch octets[0] & 7 {
        case 0: return nil
        case 1: return .some(seconds(relative: first))
        case 2: return first == 0 ? .some(nil) : .some(Int64(first))
        case 3:
            let fields = value.prefix(3).compactMap(SemiOctets.number)
            guard fields.count == 3 else { return .some(nil) }
            return .some(Int64(fields[0] * 3_600 + fields[1] * 60 + fields[2]))
        default: return .some(nil)
        }
    }
}
