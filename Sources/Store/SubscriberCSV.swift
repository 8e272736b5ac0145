import AKA
import Foundation
import GRDB
import HSS
import RoleKit

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
/// | apns | access points of EPS, separated by blanks; empty for all |
struct SubscriberCSV {
    static let standard = ["imsi", "msisdn", "k", "opc", "amf", "sqn", "algorithm"]
    static let further = ["op", "impi", "impu", "realm", "password", "ha1", "mandatory", "optional", "apns"]

    /// Column names of this file, in its order.
    let columns: [String]

    init(header: ArraySlice<UInt8>, line: Int) throws(ProvisioningError) {
        try SubscriberCSV.checkEncoding(header, line: line)
        columns = try SubscriberCSV.fields(header, line: line).map { $0.lowercased() }
        for (index, column) in columns.enumerated() {
            guard SubscriberCSV.standard.contains(column) || SubscriberCSV.further.contains(column) else {
                throw ProvisioningError(
                    .invalid, "the header has an unknown column \(Shown.text(column))",
                    cure: "known columns are "
                        + (SubscriberCSV.standard + SubscriberCSV.further).joined(separator: ", "),
                    line: line)
            }
            guard columns.firstIndex(of: column) == index else {
                throw ProvisioningError(
                    .invalid, "the header has the column \(Shown.text(column)) twice", cure: "remove one", line: line)
            }
        }
        guard columns.contains("imsi") || columns.contains("impi") else {
            throw ProvisioningError(
                .invalid, "the first line is no header with an imsi column",
                cure: "begin with " + SubscriberCSV.standard.joined(separator: ","), line: line)
        }
    }

    /// What spreadsheet programs save instead of a CSV file in UTF-8 with commas.
    private static func checkEncoding(_ header: ArraySlice<UInt8>, line: Int) throws(ProvisioningError) {
        let cure = "save it as CSV in UTF-8, with commas"
        if header.contains(0) || header.starts(with: [0xFF, 0xFE]) || header.starts(with: [0xFE, 0xFF]) {
            throw ProvisioningError(.invalid, "the file is in UTF-16, or no text at all", cure: cure, line: line)
        }
        if header.contains(UInt8(ascii: "\r")) {
            throw ProvisioningError(.invalid, "the lines end in carriage returns alone", cure: cure, line: line)
        }
        let others = [UInt8(ascii: ";"), UInt8(ascii: "\t")]
        if !header.contains(UInt8(ascii: ",")), header.contains(where: others.contains) {
            throw ProvisioningError(
                .invalid, "the fields are separated by semicolons or tabs", cure: cure, line: line)
        }
    }

    private static func fields(_ text: ArraySlice<UInt8>, line: Int) throws(ProvisioningError) -> [String] {
        if let fields = CSVLines.fields(text) { return fields }
        throw ProvisioningError(
            .invalid, "a quotation mark is not closed",
            cure: "close it on the same line; inside a quoted field write two for one", line: line)
    }

    /// The form of one line; nil for a comment (#) and for a line with nothing in it, commas or not: spreadsheets end
    /// their files with those.
    func form(_ text: ArraySlice<UInt8>, line: Int) throws(ProvisioningError) -> SubscriberForm? {
        if text.isEmpty || text.first == UInt8(ascii: "#") { return nil }
        let fields = try SubscriberCSV.fields(text, line: line)
        if fields.allSatisfy(\.isEmpty) { return nil }
        guard fields.count == columns.count else {
            throw ProvisioningError(
                .invalid, "it has \(fields.count) fields and the header has \(columns.count)",
                cure: "separate fields by commas and leave unused ones empty", line: line)
        }
        var form = SubscriberForm()
        for (column, field) in zip(columns, fields) where !field.isEmpty {
            try SubscriberCSV.set(column, field, &form)
        }
        return form
    }

    private static func set(
        _ column: String, _ field: String, _ form: inout SubscriberForm
    ) throws(ProvisioningError) {
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
        case "mandatory": form.mandatoryCapabilities = try capabilities(column, field)
        case "optional": form.optionalCapabilities = try capabilities(column, field)
        case "apns": form.accessPoints = field.split(separator: " ").map(String.init)
        default: break
        }
    }

    private static func capabilities(_ column: String, _ field: String) throws(ProvisioningError) -> [UInt32] {
        let words = field.split(separator: " ")
        let numbers = words.compactMap { UInt32($0) }
        guard numbers.count == words.count else {
            throw ProvisioningError(
                .invalid, "\(column) \(Shown.text(field)) is not a list of capabilities",
                cure: "write numbers separated by blanks, e.g. 1 2")
        }
        return numbers
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
                keys.k.hexadecimal, keys.opc.hexadecimal, hexadecimal(keys.amf, digits: 4),
                hexadecimal(listing.sqn, digits: 12), keys.algorithm.name,
            ]
        case .sipDigest(let secret):
            fields += ["", "", "", "", ""]
            digest = [secret.realm, secret.ha1.hexadecimal]
        }
        if withFurther {
            let further = subscriber.further
            let impus = (further?.publicIdentities ?? []).map { ($0.isBarred ? "barred:" : "") + $0.identity }
            fields += [further?.privateIdentity ?? "", impus.joined(separator: " ")] + digest
            fields += [
                SubscriberRow.text(further?.capabilities.mandatory ?? []) ?? "",
                SubscriberRow.text(further?.capabilities.optional ?? []) ?? "",
                SubscriberRow.text(further?.accessPoints ?? []) ?? "",
            ]
        }
        return fields.map(quoted).joined(separator: ",") + "\n"
    }

    static func header(withFurther: Bool) -> String {
        let extra = withFurther ? ["impi", "impu", "realm", "ha1", "mandatory", "optional", "apns"] : []
        return (standard + extra).joined(separator: ",") + "\n"
    }

    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else { return field }
        return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    private static func hexadecimal(_ value: some BinaryInteger, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
