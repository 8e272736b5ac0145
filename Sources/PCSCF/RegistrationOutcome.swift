import SIP

/// What a 200 to a REGISTER did to the contacts, RFC 3261 §10.2.4 and TS 24.229 §5.2.2.1.
struct RegistrationOutcome {
    struct Granted: Equatable {
        var contact: AnyURI
        var seconds: Int
    }

    /// Contacts of this request that are registered now.
    var granted: [Granted] = []
    /// Every contact the registrar names: what is not among them is registered no more.
    var bound: [AnyURI] = []

    init(request: SIPMessage, response: SIPMessage) {
        let asked = (try? request.contacts()) ?? []
        let answered = (try? response.contacts()) ?? []
        let common = (try? response.integer(.expires)) ?? nil
        for value in answered {
            guard let uri = value.address?.uri else { continue }
            let seconds = value.expires ?? common ?? 0
            guard seconds > 0 else { continue }
            bound.append(uri)
            if asked.contains(where: { $0.address?.uri.isEquivalent(to: uri) == true }) {
                granted.append(Granted(contact: uri, seconds: seconds))
            }
        }
    }
}
