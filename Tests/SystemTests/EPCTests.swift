import AKA
import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// The HSS as MMEs know it (TS 29.272); freeDiameter, which nobody here wrote, is the MME, tshark the judge.
    @Suite("S6a with freeDiameter as MME")
    struct EPC {
        private static let settings = LabSettings { $0.guests = (1...2).map(FreeDiameterMME.host) }
        private let user = Subscriber(number: 1)
        private var imsi: String { "User-Name=\(user.imsi)" }
        private let home = "Visited-PLMN-Id=0x00f110"
        private let utran = "RAT-Type=1004"

        @Test(
            """
            TS 29.272 §5.2: AIR, ULR, NOR and PUR; CLR to the MME of before; IDR, DSR and CLR at the operator's change; \
            tshark objects to nothing
            """)
        func dialogues() throws {
            try Lab.with(Self.settings) { lab in
                let capture = try Capture(lab.addresses, into: lab.folder.appendingPathComponent("s6a.pcapng"))
                try lab.provision(1...3)
                try lab.start([[.hss]])
                let first = try FreeDiameterMME(1, hss: lab.hss, in: lab.folder)
                let second = try FreeDiameterMME(2, hss: lab.hss, in: lab.folder)
                try authentication(first, lab)
                try attach(first)
                try refusals(first)
                try takeOver(first, second)
                try operatorsChanges(second, lab)
                for mme in [first, second] { try #require(mme.complaints() == []) }
                try lab.stop()
                let dissection = try capture.finish(lastWords: Endpoint(lab.addresses.node(15), 9))
                try #require(dissection.objections() == [])
                try requireSeen(dissection)
            }
        }

        @Test("TS 29.272 §5.2.1.2: an MME that was away hears of a removal when it is back")
        func away() throws {
            try Lab.with(Self.settings) { lab in
                try lab.provision(1...2)
                try lab.start([[.hss]])
                let gone = try FreeDiameterMME(1, hss: lab.hss, in: lab.folder)
                try #require(gone.ask("Update-Location", imsi, utran, "ULR-Flags=34", home)["Result-Code"] == "2001")
                gone.crash()
                try subscriber(lab, "remove", user.imsi)
                _ = try lab.process(of: .hss).lines(mentioning: "MME could not be told, is told later", within: 20)
                let back = try FreeDiameterMME(1, hss: lab.hss, in: lab.folder)
                let clr = try back.request(1)
                try #require(clr.command == "Cancel-Location" && clr["Cancellation-Type"] == "2")
                try lab.stop()
            }
        }

        // MARK: What the MME asks

        /// XRES and KASME are what OpenSSL computes; the USIM takes both vectors and computes the same.
        private func authentication(_ mme: FreeDiameterMME, _ lab: Lab) throws {
            let group = "Requested-EUTRAN-Authentication-Info"
            let aia = try mme.ask(
                "Authentication-Information", imsi, "\(group)/Number-Of-Requested-Vectors=2",
                "\(group)/Immediate-Response-Preferred=1", home)
            try #require(aia["Result-Code"] == "2001")
            let vector = "Authentication-Info/E-UTRAN-Vector"
            try #require(aia.all("\(vector)/Item-Number") == ["1", "2"])
            let milenage = try OpenSSLMilenage(user, in: lab.folder)
            let functions = try AKAFunctions()
            var usim = USIM(
                AKAKeys(
                    algorithm: .milenage, k: try #require(Block128(milenage.k)),
                    opc: try #require(Block128(milenage.opc)), amf: 0x3939))
            func values(_ name: String) -> [[UInt8]] { aia.all("\(vector)/\(name)").map(OpenSSLMilenage.octets) }
            for (index, rand) in values("RAND").enumerated() {
                let (autn, xres, kasme) = (values("AUTN")[index], values("XRES")[index], values("KASME")[index])
                #expect(try milenage.outputs(rand: rand).res == xres)
                #expect(try milenage.kasme(rand: rand, autn: autn, network: [0x00, 0xF1, 0x10]) == kasme)
                #expect(autn[6] & 0x80 != 0, "TS 33.102 Annex H: the separation bit")
                let answer = try usim.answer(
                    rand: try #require(Block128(rand)), autn: try #require(Block128(autn)), functions)
                guard case .authenticated(let res, _, _) = answer else { throw HarnessError("the USIM refused it") }
                #expect(res == xres)
            }
        }

        private func attach(_ mme: FreeDiameterMME) throws {
            let ula = try mme.ask(
                "Update-Location", imsi, "Supported-Features/Vendor-Id=10415", "Supported-Features/Feature-List-ID=1",
                "Supported-Features/Feature-List=134217728", utran, "ULR-Flags=34", home)
            #expect(ula["Result-Code"] == "2001" && ula["ULA-Flags"] == "1")
            #expect(ula["Supported-Features/Feature-List"] == "0")
            // 1 555 0000001, two digits an octet.
            #expect(ula["Subscription-Data/MSISDN"] == "0x5155000000f1")
            let profile = "Subscription-Data/APN-Configuration-Profile"
            #expect(ula.all("\(profile)/APN-Configuration/Service-Selection") == ["internet", "ims"])
            let quality = "\(profile)/APN-Configuration/EPS-Subscribed-QoS-Profile/QoS-Class-Identifier"
            #expect(ula.all(quality) == ["9", "5"])
            #expect(ula["Subscription-Data/AMBR/Max-Requested-Bandwidth-DL"] == "1000000000")
            #expect(try mme.ask("Notify", imsi, "Alert-Reason=0")["Result-Code"] == "2001")
            let pua = try mme.ask("Purge-UE", imsi, "PUR-Flags=1")
            #expect(pua["Result-Code"] == "2001" && pua["PUA-Flags"] == "1")
            #expect(try mme.ask("Update-Location", imsi, utran, "ULR-Flags=34", home)["Result-Code"] == "2001")
        }

        private func refusals(_ mme: FreeDiameterMME) throws {
            let code = "Experimental-Result/Experimental-Result-Code"
            let stranger = "User-Name=001019999999999"
            let info = "Requested-EUTRAN-Authentication-Info/Number-Of-Requested-Vectors=1"
            #expect(try mme.ask("Authentication-Information", stranger, info, home)[code] == "5001")
            #expect(try mme.ask("Update-Location", imsi, "RAT-Type=1001", "ULR-Flags=34", home)[code] == "5421")
            #expect(try mme.ask("Notify", "User-Name=\(Subscriber(number: 2).imsi)", "NOR-Flags=0")[code] == "5423")
        }

        // MARK: What the HSS asks

        private func takeOver(_ first: FreeDiameterMME, _ second: FreeDiameterMME) throws {
            #expect(try second.ask("Update-Location", imsi, utran, "ULR-Flags=34", home)["Result-Code"] == "2001")
            let clr = try first.request(1)
            #expect(clr.command == "Cancel-Location" && clr["User-Name"] == user.imsi)
            #expect(
                clr["Cancellation-Type"] == "0" && clr["CLR-Flags"] == "1" && clr["Origin-Realm"] == Subscriber.domain)
        }

        private func operatorsChanges(_ mme: FreeDiameterMME, _ lab: Lab) throws {
            try replace(lab, msisdn: "15557654321")
            let number = try mme.request(1)
            #expect(number.command == "Insert-Subscriber-Data" && number.all("Subscription-Data/AMBR") == [])
            #expect(number["Subscription-Data/MSISDN"] == "0x5155674523f1")
            try replace(lab, msisdn: "15557654321", "--apn", "internet")
            let gone = try mme.request(2)
            let profile = "Subscription-Data/APN-Configuration-Profile"
            #expect(gone.command == "Insert-Subscriber-Data")
            #expect(gone.all("\(profile)/APN-Configuration/Service-Selection") == ["internet"])
            #expect(gone["\(profile)/All-APN-Configurations-Included-Indicator"] == "0")
            try replace(lab, msisdn: "15557654321", "--apn", "elsewhere")
            let none = try mme.request(3)
            #expect(none.command == "Delete-Subscriber-Data" && none["DSR-Flags"] == "2")
            try replace(lab, msisdn: "15557654321")
            let back = try mme.request(4)
            #expect(back.all("\(profile)/APN-Configuration/Service-Selection") == ["internet", "ims"])
            #expect(back["\(profile)/All-APN-Configurations-Included-Indicator"] == "0")
            let shown = try subscriber(lab, "show", user.imsi)
            #expect(shown.contains("attached") && shown.contains(FreeDiameterMME.host(2)))
            let pushed = try lab.imsbox("subscriber", "push", user.imsi, "--state-dir", lab.state.path)
            #expect(pushed.contains("Insert-Subscriber-Data: DIAMETER_SUCCESS (2001)"))
            #expect(try mme.request(5).all("\(profile)/APN-Configuration/Context-Identifier") == ["1", "2"])
            try lab.imsbox("subscriber", "detach", user.imsi, "--reattach", "--state-dir", lab.state.path)
            #expect(try mme.request(6)["CLR-Flags"] == "3")
            try lab.imsbox(
                "subscriber", "detach", user.imsi, "--state-dir", lab.state.path, expecting: .code(1))
            #expect(try mme.ask("Update-Location", imsi, utran, "ULR-Flags=34", home)["Result-Code"] == "2001")
            try subscriber(lab, "remove", user.imsi)
            let clr = try mme.request(7)
            #expect(clr.command == "Cancel-Location" && clr["Cancellation-Type"] == "2" && clr["CLR-Flags"] == "1")
        }

        private func replace(_ lab: Lab, msisdn: String, _ more: String...) throws {
            func hex(_ text: String) -> String { OpenSSLMilenage.hex(Array(text.utf8)) }
            try subscriber(
                lab,
                ["add", "--imsi", user.imsi, "--msisdn", msisdn, "--k", hex(user.key)]
                    + ["--op", hex(Subscriber.operatorKey), "--amf", hex(Subscriber.amf), "--replace"] + more)
        }

        @discardableResult
        private func subscriber(_ lab: Lab, _ words: String...) throws -> String { try subscriber(lab, words) }

        @discardableResult
        private func subscriber(_ lab: Lab, _ words: [String]) throws -> String {
            try lab.imsbox(["subscriber"] + words + ["--store", lab.state.appendingPathComponent("hss.sqlite").path])
        }

        /// Both directions of every command are in the capture.
        private func requireSeen(_ dissection: Dissection) throws {
            for command in 316...323 where command != 322 {
                for flag in [1, 0] {
                    let filter = "diameter.cmd.code == \(command) and diameter.flags.request == \(flag)"
                    try #require(dissection.count(filter) > 0, "no command \(command) with R bit \(flag)")
                }
            }
        }
    }
}
