import SIP

/// A value of P-Access-Network-Info as an operator writes it, TS 24.229 §7.2A.4: access type and parameters, one value.
struct AccessNetworkInfo: Equatable {
    /// With the parameter that says who vouches for it.
    let networkProvided: String

    /// Nil where it is none.
    init?(_ text: String) {
        let line = "SIP/2.0 200 OK\r\nP-Access-Network-Info: \(text)\r\n\r\n"
        guard !text.contains("\r"), !text.contains("\n"), let message = try? SIPMessage(Array(line.utf8)),
            message.texts(.pAccessNetworkInfo).count == 1,
            let value = try? message.token(.pAccessNetworkInfo), !value.token.contains("/")
        else { return nil }
        networkProvided = value.params.has("network-provided") ? text : text + ";network-provided"
    }
}
