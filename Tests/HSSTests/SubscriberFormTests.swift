import AKA
import HSS
import Testing

@testable import Store

@Suite("Subscribers as operators write them")
struct SubscriberFormTests {
    let reader: SubscriberReader

    init() throws { reader = try SubscriberReader() }

    static let k = "465B5CE8B199B49FAA5F0A2EE238A6BC"
    static let opc = "cd63cb71954a9f4e48a5994e37a02baf"

    static func form(_ change: (inout SubscriberForm) -> Void = { _ in }) -> SubscriberForm {
        var form = SubscriberForm()
        form.imsi = Lab.imsi
        form.msisdn = "+15550000001"
        form.k = k
        form.opc = opc
        change(&form)
        return form
    }

    func refusal(_ change: (inout SubscriberForm) -> Void) throws -> ProvisioningError {
        try #require(throws: ProvisioningError.self) { try reader.read(Self.form(change)) }
    }

    @Test("TS 23.003 §13.4B: IMSI and MSISDN make the whole implicit set, the IMSI's identity barred")
    func wholeSet() throws {
        let new = try reader.read(Self.form())
        #expect(
            new.subscriber.publicIdentities(home: Lab.home) == [
                PublicUserIdentity(Lab.impu), PublicUserIdentity("tel:+15550000001"),
                PublicUserIdentity(Lab.barredIMPU, isBarred: true),
            ])
        #expect(
            new.subscriber.authentication
                == .aka(
                    AKAKeys(
                        algorithm: .milenage, k: Lab.keys.k, opc: Lab.keys.opc, amf: 0x8000)))
        #expect(new.lastSEQ == 0)
    }

    @Test("TS 29.228 §6.1.1.1: a set of which every identity is barred is refused, and the cure named")
    func allBarred() throws {
        for change in [
            { $0.msisdn = nil }, { $0.msisdn = "" },
            {
                $0.msisdn = nil
                $0.impus = ["barred:sip:alice@example.org"]
            },
        ] as [(inout SubscriberForm) -> Void] {
            let error = try refusal(change)
            #expect(error.code == .allBarred)
            #expect(error.problem.contains("barred") && error.cure.contains("MSISDN"))
        }
        let other = try reader.read(
            Self.form {
                $0.msisdn = nil
                $0.impus = ["SIP:Alice@Example.org:5060"]
            })
        #expect(other.subscriber.publicIdentities(home: Lab.home).first?.identity == "sip:Alice@example.org")
    }

    /// What is wrong, and a word the refusal has to have.
    static let wrong: [(String, @Sendable (inout SubscriberForm) -> Void)] = [
        ("imsi", { $0.imsi = "0010100000000011" }), ("imsi", { $0.imsi = "00101x" }), ("imsi", { $0.imsi = "00101" }),
        ("imsi", { $0.imsi = nil }), ("neither imsi nor impi", { $0 = SubscriberForm() }),
        ("msisdn", { $0.msisdn = "1555-0000" }), ("msisdn", { $0.msisdn = "++1555" }),
        ("msisdn", { $0.msisdn = "1234567890123456" }), ("msisdn", { $0.msisdn = "000" }), ("k", { $0.k = nil }),
        ("k", { $0.k?.removeLast() }), ("k", { $0.k = "+465B5CE8B199B49FAA5F0A2EE238A6B" }),
        ("k", { $0.k = "zz5B5CE8B199B49FAA5F0A2EE238A6BC" }), ("opc", { $0.opc?.append("0") }),
        ("opc", { $0.opc = nil }), ("op", { $0.op = $0.opc }), ("amf", { $0.amf = "80" }), ("amf", { $0.amf = "80gg" }),
        ("sqn", { $0.sqn = "1000000000000" }), ("sqn", { $0.sqn = "x" }), ("sqn", { $0.sqn = "ffffffffffff" }),
        ("algorithm", { $0.algorithm = "comp128" }),
        ("tuak", { $0.algorithm = "tuak" }), ("tuak", { $0.algorithm = "TUAK" }), ("impi", { $0.impi = "a b@c" }),
        ("impu", { $0.impus = ["mailto:a@b"] }), ("password", { $0.password = "secret" }),
        (
            "realm",
            {
                $0.k = nil
                $0.password = "secret"
            }
        ),
    ]

    @Test("Every wrong field is named, and no key or password shown", arguments: wrong.indices)
    func wrongFields(_ index: Int) throws {
        let (word, change) = Self.wrong[index]
        let error = try refusal(change)
        #expect(error.code == .invalid)
        #expect(error.problem.contains(word), "\(error)")
        #expect(!error.cure.isEmpty)
        for secret in ["465B5CE8", "5B5CE8B1", "cd63cb71", "secret"] { #expect(!error.description.contains(secret)) }
    }

    @Test("Secrets are not logged: a key in the wrong column is not repeated")
    func misplacedKey() throws {
        let fields: [WritableKeyPath<SubscriberForm, String?>] = [
            \.imsi, \.msisdn, \.amf, \.sqn, \.algorithm,
        ]
        for field in fields {
            let error = try refusal { $0[keyPath: field] = Self.k }
            #expect(!error.description.contains(Self.k.prefix(8)), "\(error)")
        }
        let error = try refusal { $0.impi = "a b " + Self.opc }
        #expect(!error.description.contains(Self.opc.prefix(8)), "\(error)")
        let steering = try refusal { $0.imsi = "00101\u{1B}[31m" }
        #expect(steering.problem == "imsi \"00101.[31m\" is not an IMSI")
    }

    @Test("An identity given twice, or made from the MSISDN already, is named")
    func twice() throws {
        let twice = [["tel:+15550000001"], ["tel:+1-555-000-0001"], ["sip:a@b.example", "barred:SIP:a@B.example"]]
        for identities in twice {
            let error = try refusal { $0.impus = identities }
            #expect(error.code == .invalid && error.problem.contains("already"), "\(error)")
        }
    }

    @Test("tuak is refused by name until it is built")
    func tuak() throws {
        let error = try refusal { $0.algorithm = "tuak" }
        #expect(error.problem == "algorithm tuak is not built yet")
        #expect(error.cure.contains("milenage") && error.cure.contains("xor"))
    }

    @Test("TS 35.206 §4.1: op instead of opc")
    func op() throws {
        let new = try reader.read(
            Self.form {
                $0.opc = nil
                $0.op = "cdc202d5123e20f62b6d676ac72cb318"
            })
        #expect(
            new.subscriber.authentication
                == .aka(
                    AKAKeys(
                        algorithm: .milenage, k: Lab.keys.k, opc: Lab.keys.opc, amf: 0x8000)))
    }

    @Test("TS 34.108 §8.1.2: xor needs no opc")
    func xor() throws {
        let new = try reader.read(
            Self.form {
                $0.algorithm = "XOR"
                $0.opc = nil
                $0.amf = "B9b9"
                $0.sqn = "000000000c75"
            })
        #expect(
            new.subscriber.authentication
                == .aka(
                    AKAKeys(
                        algorithm: .xor, k: Lab.keys.k, opc: Block128(0), amf: 0xB9B9)))
        #expect(new.lastSEQ == 0x63)
    }

    @Test("RFC 2617 §3.2.2.2: H(A1) of a password, with the private identity as user name")
    func password() throws {
        let alice = try reader.read(
            Self.form {
                $0 = SubscriberForm()
                $0.impi = "alice@example.org"
                $0.impus = ["sip:alice@example.org"]
                $0.realm = "Example.org"
                $0.password = "secret"
            })
        #expect(
            alice.subscriber.authentication
                == .sipDigest(
                    SIPDigestSecret(
                        realm: "example.org", ha1: Block128(0x1441_a999_b257_bcd0_cf51_6693_0039_876a))))
        let phone = try reader.read(
            Self.form {
                ($0.k, $0.opc) = (nil, nil)
                $0.realm = Lab.home
                $0.password = "secret"
            })
        #expect(
            phone.subscriber.authentication
                == .sipDigest(
                    SIPDigestSecret(
                        realm: Lab.home, ha1: Block128(0x8e50_4717_b0c4_9544_ba9b_d14e_57d2_9594))))
    }
}
