import ArgumentParser
import Store

/// `imsbox subscriber add`.
struct SubscriberAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add one SIM, or one user with a password, with all its identities.",
        discussion: """
            From IMSI and MSISDN come the private identity <imsi>@<home network> and three public ones: \
            sip:+<msisdn>@<home network>, tel:+<msisdn>, and the one derived from the IMSI, which is barred. The same \
            subscriber once more is no error. What is typed here stays in the shell's history; `import` takes keys \
            from a file instead.

            Examples:
              imsbox subscriber add --imsi 001010000012345 --msisdn 15550012345 \\
                --k 465b5ce8b199b49faa5f0a2ee238a6bc --opc cd63cb71954a9f4e48a5994e37a02baf
              imsbox subscriber add --impi alice@ims.example --impu sip:alice@ims.example \\
                --password secret --realm ims.example
            """)

    @Option(help: "The SIM's IMSI, 6 to 15 digits.") var imsi: String?
    @Option(help: "Its number in E.164 form, with or without +.") var msisdn: String?
    @Option(help: "Key K, 32 hexadecimal digits.") var k: String?
    @Option(help: "OPc, 32 hexadecimal digits.") var opc: String?
    @Option(help: "OP instead of OPc.") var op: String?
    @Option(help: "AMF, 4 hexadecimal digits. Default: 8000.") var amf: String?
    @Option(help: "Highest SQN the SIM may have seen, up to 12 hexadecimal digits. Default: 0.") var sqn: String?
    @Option(help: "milenage or xor. Default: milenage.") var algorithm: String?
    @Option(help: "Password, for SIP Digest instead of a SIM.") var password: String?
    @Option(help: "Realm of the password: the home network's domain.") var realm: String?
    @Option(help: "Private identity other than <imsi>@<home network>.") var impi: String?
    @Option(
        help: ArgumentHelp("A further public identity; `barred:` before it bars it. May be repeated.", valueName: "uri")
    )
    var impu: [String] = []
    @Option(
        help: ArgumentHelp(
            "An access point of the HSS's `apns:` the SIM may use, the default one first. May be repeated. Default: all.",
            valueName: "name"))
    var apn: [String] = []
    @Flag(help: "Take the new data for a subscriber that exists.") var replace = false
    @OptionGroup var store: StoreOptions

    func run() throws {
        var form = SubscriberForm()
        form.imsi = imsi
        form.msisdn = msisdn
        form.k = k
        form.opc = opc
        form.op = op
        form.amf = amf
        form.sqn = sqn
        form.algorithm = algorithm
        form.password = password
        form.realm = realm
        form.impi = impi
        form.impus = impu
        form.accessPoints = apn
        try withDatabase(store, making: true) { database in
            try database.add(form, replacing: replace)
            Terminal.say("added \(imsi ?? impi ?? "") to \(database.path)")
        }
        if let imsi, let home = HomeNetwork.configured, let warning = HomeNetwork.warning(imsi: imsi, home: home) {
            Terminal.complain(warning)
        }
    }
}
