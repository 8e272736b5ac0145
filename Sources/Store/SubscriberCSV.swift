import AKA
import Foundation
import GRDB
import HSS

/// The subscriber CSV: one header line with column names in any order, then one subscriber per line.
///
/// | column | content |
/// |---|---|
/// | imsi | 6 to 15 digits |
/// | msisdn | E.164, with or without + |
/// | k, opc, op | 32 hexadecimal digits; op instead of opc |
/// | amf | 4 hexadecimal digits (8000) |
/// | sqn | up to 12 hexadecimal digits (0): the highest used |
/// | algorithm | milenage (default) or xor |
/// | impi, impu | other private identity; further public identities, separated by blanks, `barred:` before barred ones |
/// | realm, password or ha1 | SIP Digest instead of a SIM |
/// | mandatory, optional | S-CSCF capabilities, separated by blanks |
struct SubscriberCSV {
    static let standard = ["imsi", "msisdn", "k", "opc", "amf", "sqn", "algorithm"]
    static let further = ["op", "impi", "impu", "realm", "password", "ha1", "mandatory", "optional"]

    /// Column names of this file, in its order.
    let columns: [String]

    init(header: ArraySlice<UInt8>, line: Int) throws(ProvisioningError) {
        columns = CSVLines.fields(header).map { $0.lowercased() }
        for (index, column) in columns.enumerated() {
            guard SubscriberCSV.standard.contains(column) || SubscriberCSV.further.contains(column) else {
                throw ProvisioningError(
                    .invalid, "the header has an unknown column \"\(column)\"",
                    cure: "known columns are "
                        + (SubscriberCSV.standard + SubscriberCSV.further).joined(separator: ", "),
                    line: line)
            }
            guard columns.firstIndex(of: column) == index else {
                throw ProvisioningError(
                    .invalid, "the header has the column \"\(column)\" twice", cure: "remove one", line: line)
            }
        }
        guard columns.contains("imsi") || columns.contains("impi") else {
            throw ProvisioningError(
                .invalid, "the first line is no header with an imsi column",
                cure: "begin with " + SubscriberCSV.standard.joined(separator: ","), line: line)
        }
    }

    /// The form of one line; nil for an empty line or a comment (#).
    func form(_ text: ArraySlice<UInt8>, line: Int) throws(ProvisioningError) -> SubscriberForm? {
        if text.isEmpty || text.first == UInt8(ascii: "#") { return nil }
        let fields = CSVLines.fields(text)
        guard fields.count == columns.count else {
            throw ProvisioningError(
                .invalid, "it has \(fields.count) fields and the header has \(columns.count)",
                cure: "separate fields by commas and leave unused ones empty", line: line)
        }
        var form = SubscriberForm()
        for (column, field) in zip(columns, fields) where !field.isEmpty {
            SubscriberCSV.set(column, field, &form)
        }
        return form
    }

    private static func set(_ column: String, _ field: String, _ form: inout SubscriberForm) {
        switch column {
        case "imsi": form.imsi = field
        case "msisdn": form.msisdn = field
        case "k": form.k = field
        case "opc": form.opc = field
        case "op": form.op = field
        case "amf": form.amf = field
        case "sqn": form.sqn = field
        case "algorithm": form.algorithm = field
        case "impi": form.impi = field
        case "impu": form.impus = field.split(separator: " ").map(String.init)
        case "realm": form.realm = field
        case "password": form.password = field
        case "ha1": form.ha1 = field
        case "mandatory": form.mandatoryCapabilities = SubscriberRow.numbers(field)
        case "optional": form.optionalCapabilities = SubscriberRow.numbers(field)
        default: break
        }
    }

    // MARK: Writing

    /// One line with the standard columns, and the further ones where the file has them.
    static func line(_ listing: SubscriberListing, withFurther: Bool) -> String {
        let subscriber = listing.subscriber
        var fields = [subscriber.imsi?.description ?? "", subscriber.msisdn?.description ?? ""]
        var digest = ["", ""]
        switch subscriber.authentication {
        case .aka(let keys):
            fields += [
                hexadecimal(keys.k.octets), hexadecimal(keys.opc.octets), hexadecimal(keys.amf, digits: 4),
                hexadecimal(listing.sqn, digits: 12), keys.algorithm.name,
            ]
        case .sipDigest(let secret):
            fields += ["", "", "", "", ""]
            digest = [secret.realm, hexadecimal(secret.ha1.octets)]
        }
        if withFurther {
            let further = subscriber.further
            let impus = (further?.publicIdentities ?? []).map { ($0.isBarred ? "barred:" : "") + $0.identity }
            fields += [further?.privateIdentity ?? "", impus.joined(separator: " ")] + digest
            fields += [
                SubscriberRow.text(further?.capabilities.mandatory ?? []) ?? "",
                SubscriberRow.text(further?.capabilities.optional ?? []) ?? "",
            ]
        }
        return fields.map(quoted).joined(separator: ",") + "\n"
    }

    static func header(withFurther: Bool) -> String {
        let extra = withFurther ? ["impi", "impu", "realm", "ha1", "mandatory", "optional"] : []
        return (standard + extra).joined(separator: ",") + "\n"
    }

    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else { return field }
        return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    private static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { hexadecimal($0, digits: 2) }.joined()
    }

    private static func hexadecimal(_ value: some BinaryInteger, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
