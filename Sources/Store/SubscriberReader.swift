import AKA
public import HSS
import IMSCore
import RoleKit

/// A judged form: what goes into the database.
public struct NewSubscriber: Sendable {
    public var subscriber: Subscriber
    /// The highest SEQ the USIM may have seen.
    public var lastSEQ: UInt64

    public init(_ subscriber: Subscriber, lastSEQ: UInt64 = 0) {
        self.subscriber = subscriber
        self.lastSEQ = min(lastSEQ, SequenceNumber.highestSEQ)
    }
}

/// Turns forms into subscribers with their whole implicit registration set, or says what is wrong.
///
/// Holds the cryptography for OPc and H(A1); one object belongs to one thread.
public final class SubscriberReader {
    private let functions: AKAFunctions
    private let digests: Digests

    public init() throws(ProvisioningError) {
        do throws(CryptoError) {
            functions = try AKAFunctions()
            digests = try Digests()
        } catch {
            throw ProvisioningError(.database, error.detail, cure: "install OpenSSL 3 with its default provider")
        }
    }

    public func read(_ form: SubscriberForm) throws(ProvisioningError) -> NewSubscriber {
        let imsi = try imsi(form)
        let msisdn = try msisdn(form)
        guard imsi != nil || form.impi?.nonEmpty != nil else {
            throw ProvisioningError(.invalid, "neither imsi nor impi is given", cure: "give the SIM's IMSI")
        }
        let further = try further(form, msisdn: msisdn)
        let subscriber = Subscriber(
            imsi: imsi, msisdn: msisdn, authentication: try authentication(form, imsi: imsi), further: further)
        guard subscriber.hasUsableIdentity else {
            throw ProvisioningError(
                .allBarred,
                "the only public identity would be the one derived from the IMSI, and that one is always barred, so the phone could neither register nor be called",
                cure: "give an MSISDN (it makes sip:+<msisdn>@… and tel:+<msisdn>) or another public identity")
        }
        return NewSubscriber(subscriber, lastSEQ: try lastSEQ(form))
    }

    // MARK: Identities

    private func imsi(_ form: SubscriberForm) throws(ProvisioningError) -> Digits? {
        guard let text = form.imsi?.nonEmpty else { return nil }
        guard let digits = Digits(text), digits.count >= 6 else {
            throw ProvisioningError(
                .invalid, "imsi \(Shown.text(text)) is not an IMSI",
                cure: "write its 6 to 15 digits, leading zeros included")
        }
        return digits
    }

    private func msisdn(_ form: SubscriberForm) throws(ProvisioningError) -> Digits? {
        guard let text = form.msisdn?.nonEmpty else { return nil }
        guard let digits = Digits(text.hasPrefix("+") ? text.dropFirst() : text[...]), digits.packed >> 4 > 0 else {
            throw ProvisioningError(
                .invalid, "msisdn \(Shown.text(text)) is not an E.164 number",
                cure: "write country code and number, digits only, at most 15")
        }
        return digits
    }

    private func further(
        _ form: SubscriberForm, msisdn: Digits?
    ) throws(ProvisioningError) -> Subscriber.Further? {
        var name: String?
        if let text = form.impi?.nonEmpty {
            guard let impi = IMPI(text) else {
                throw ProvisioningError(
                    .invalid, "impi \(Shown.text(text)) is not a private identity", cure: "write user@realm")
            }
            name = impi.text
        }
        var identities: [PublicUserIdentity] = []
        for text in form.impus {
            let identity = try publicIdentity(text)
            let isDerived = msisdn.map { identity.identity == "tel:+\($0)" } ?? false
            if isDerived || identities.contains(where: { $0.identity == identity.identity }) {
                throw ProvisioningError(
                    .invalid, "impu \(identity.identity) is there already",
                    cure: isDerived ? "leave it out, the MSISDN makes it" : "leave one of them out")
            }
            identities.append(identity)
        }
        let capabilities = ServerCapabilities(
            mandatory: form.mandatoryCapabilities, optional: form.optionalCapabilities)
        let accessPoints = try accessPoints(form)
        if name == nil, identities.isEmpty, capabilities.isEmpty, accessPoints.isEmpty { return nil }
        return Subscriber.Further(
            privateIdentity: name, publicIdentities: identities, capabilities: capabilities, accessPoints: accessPoints)
    }

    private func accessPoints(_ form: SubscriberForm) throws(ProvisioningError) -> [String] {
        var names: [String] = []
        for text in form.accessPoints {
            guard AccessPoint.isNetworkIdentifier(text) else {
                throw ProvisioningError(
                    .invalid, "apn \(Shown.text(text)) is not the name of an access point",
                    cure: "write one of the HSS's `apns:`, e.g. internet")
            }
            let name = text.lowercased()
            if names.contains(name) {
                throw ProvisioningError(.invalid, "apn \(name) is there already", cure: "leave one of them out")
            }
            names.append(name)
        }
        return names
    }

    private func publicIdentity(_ text: String) throws(ProvisioningError) -> PublicUserIdentity {
        let isBarred = text.hasPrefix("barred:")
        guard let impu = IMPU(isBarred ? String(text.dropFirst(7)) : text) else {
            throw ProvisioningError(
                .invalid, "impu \(Shown.text(text)) is not a public identity",
                cure: "write sip:user@domain or tel:+number")
        }
        return PublicUserIdentity(impu.text, isBarred: isBarred)
    }

    // MARK: Secrets

    private func authentication(
        _ form: SubscriberForm, imsi: Digits?
    ) throws(ProvisioningError) -> Subscriber.Authentication {
        let wantsDigest = form.password?.nonEmpty != nil || form.ha1?.nonEmpty != nil
        switch (form.k?.nonEmpty, wantsDigest) {
        case (_?, true):
            throw ProvisioningError(
                .invalid, "both a SIM key and a password are given", cure: "give k for a SIM or password for SIP Digest"
            )
        case (nil, true): return .sipDigest(try digest(form, imsi: imsi))
        case (_, false): return .aka(try keys(form))
        }
    }

    private func keys(_ form: SubscriberForm) throws(ProvisioningError) -> AKAKeys {
        let algorithm = try algorithm(form)
        let k = try block(form.k, "k")
        let amf = form.amf?.nonEmpty ?? "8000"
        guard amf.utf8.count == 4, let number: UInt16 = hexadecimal(amf) else {
            throw ProvisioningError(
                .invalid, "amf \(Shown.text(amf)) is not an AMF", cure: "write four hexadecimal digits, e.g. 8000")
        }
        return AKAKeys(algorithm: algorithm, k: k, opc: try opc(form, k, algorithm), amf: number)
    }

    private func algorithm(_ form: SubscriberForm) throws(ProvisioningError) -> AKAAlgorithm {
        let name = form.algorithm?.nonEmpty?.lowercased() ?? AKAAlgorithm.milenage.name
        if let algorithm = AKAAlgorithm.allCases.first(where: { $0.name == name }) { return algorithm }
        let known = AKAAlgorithm.allCases.map(\.name).joined(separator: " or ")
        throw ProvisioningError(
            .invalid, name == "tuak" ? "algorithm tuak is not built yet" : "algorithm \(Shown.text(name)) is not known",
            cure: "write \(known), as the SIM has it")
    }

    private func opc(
        _ form: SubscriberForm, _ k: Block128, _ algorithm: AKAAlgorithm
    ) throws(ProvisioningError) -> Block128 {
        switch (form.opc?.nonEmpty, form.op?.nonEmpty) {
        case (_?, _?):
            throw ProvisioningError(
                .invalid, "both opc and op are given", cure: "give the one the SIM's data sheet names")
        case (let opc?, nil): return try block(opc, "opc")
        case (nil, let op?):
            let op = try block(op, "op")
            do throws(CryptoError) {
                return try functions.opc(k: k, op: op)
            } catch {
                throw ProvisioningError(.database, error.detail, cure: "install OpenSSL 3 with its default provider")
            }
        case (nil, nil):
            if algorithm == .xor { return Block128(0) }
            throw ProvisioningError(.invalid, "neither opc nor op is given", cure: "milenage needs one of them")
        }
    }

    /// Never shows the text: it is a key, or one character short of it.
    private func block(_ text: String?, _ name: String) throws(ProvisioningError) -> Block128 {
        guard let text = text?.nonEmpty else {
            throw ProvisioningError(.invalid, "\(name) is missing", cure: "write its 32 hexadecimal digits")
        }
        guard text.utf8.count == 32, let value: UInt128 = hexadecimal(text) else {
            throw ProvisioningError(
                .invalid, "\(name) has \(text.utf8.count) characters or some that are no hexadecimal digits",
                cure: "write 32 hexadecimal digits")
        }
        return Block128(value)
    }

    /// Digits alone: Swift's own reading takes a sign as well, and `-0` for zero.
    private func hexadecimal<Number: FixedWidthInteger>(_ text: String) -> Number? {
        let isDigit: (UInt8) -> Bool = { $0 &- 48 < 10 || ($0 | 32) &- 97 < 6 }
        return text.utf8.allSatisfy(isDigit) ? Number(text, radix: 16) : nil
    }

    private func lastSEQ(_ form: SubscriberForm) throws(ProvisioningError) -> UInt64 {
        guard let text = form.sqn?.nonEmpty else { return 0 }
        guard text.utf8.count <= 12, let value: UInt64 = hexadecimal(text), let sqn = SequenceNumber(value) else {
            throw ProvisioningError(
                .invalid, "sqn \(Shown.text(text)) is not a sequence number",
                cure: "write up to twelve hexadecimal digits")
        }
        guard sqn.seq < SequenceNumber.highestSEQ - SequenceNumber.highestLead else {
            throw ProvisioningError(
                .invalid, "sqn \(Shown.text(text)) leaves hardly a number the SIM would still take",
                cure: "write the highest SQN the SIM has seen, 0 for a new one")
        }
        return sqn.seq
    }

    /// H(A1) of RFC 2617 §3.2.2.2; the password itself is not kept.
    private func digest(_ form: SubscriberForm, imsi: Digits?) throws(ProvisioningError) -> SIPDigestSecret {
        guard let realm = form.realm?.nonEmpty?.lowercased() else {
            throw ProvisioningError(
                .invalid, "a password needs its realm", cure: "give the home network's domain as realm")
        }
        if form.ha1?.nonEmpty != nil { return SIPDigestSecret(realm: realm, ha1: try block(form.ha1, "ha1")) }
        let name = form.impi?.nonEmpty ?? imsi.map { "\($0)@\(realm)" } ?? ""
        var text = Array("\(name):\(realm):\(form.password ?? "")".utf8)
        var hash = digests.md5(text)
        defer {
            Secrets.wipe(&text)
            Secrets.wipe(&hash)
        }
        guard let ha1 = Block128(hash) else {
            throw ProvisioningError(
                .database, "MD5 is not available", cure: "install OpenSSL 3 with its default provider")
        }
        return SIPDigestSecret(realm: realm, ha1: ha1)
    }
}

extension String {
    /// nil for an empty text: an empty CSV field is an absent one.
    var nonEmpty: String? { isEmpty ? nil : self }
}
