import Diameter

/// Where a user's charging records go: Charging-Information of SAA as the P-CSCF gets it. TS 29.229 §6.3.19, RFC 7315 §5.5
enum ChargingFunctions {
    /// One row a function.
    private static let rows: [(name: AVPKey<String>, parameter: String)] = [
        (Cx.primaryChargingCollectionFunctionName, "ccf"), (Cx.secondaryChargingCollectionFunctionName, "ccf-2"),
        (Cx.primaryEventChargingFunctionName, "ecf"), (Cx.secondaryEventChargingFunctionName, "ecf-2"),
    ]

    /// The value of P-Charging-Function-Addresses; nil where the HSS names no function.
    static func header(_ information: AVPGroup) -> String? {
        let parameters = rows.compactMap { row -> String? in
            guard let uri = information[row.name], !uri.isEmpty, !uri.contains(where: { "\"\\".contains($0) }) else {
                return nil
            }
            // A Diameter URI is no token, so it stands in quotes.
            return "\(row.parameter)=\"\(uri)\""
        }
        return parameters.isEmpty ? nil : parameters.joined(separator: ";")
    }
}
