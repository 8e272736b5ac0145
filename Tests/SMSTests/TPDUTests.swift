import Foundation
import SMS
import Testing

/// The transfer layer, TS 23.040 §9.2.
@Suite struct TPDUTests {
    private func submit(_ bytes: [UInt8]) throws -> SMSSubmit {
        guard case .submit(let submit) = try MobileTPDU(bytes) else { throw SMSFault(.type, "no SMS-SUBMIT") }
        return submit
    }

    private func deliver(_ bytes: [UInt8]) throws -> SMSDeliver {
        guard case .deliver(let deliver) = try CentreTPDU(bytes) else { throw SMSFault(.type, "no SMS-DELIVER") }
        return deliver
    }

    @Test("§9.2.2.2: a published SMS-SUBMIT, read and written back")
    func published() throws {
        let message = try submit(Published.submit)
        #expect(message.destination.number == "+46708251358")
        #expect(message.validity == .relative(0xAA) && message.validity?.seconds(from: 0) == 4 * 86_400)
        #expect(ShortText.text(message.userData, message.coding) == "hellohello")
        #expect(message.encoded == Published.submit)
    }

    @Test("§9.2.2.1: published SMS-DELIVERs, read and written back")
    func publishedDelivers() throws {
        let hello = try deliver(Published.deliver)
        #expect(hello.originator.octets == octets("0BC87238880900F1") && !hello.hasMore)
        #expect(ShortText.text(hello.userData, hello.coding) == "hellohello")
        #expect(hello.time.quarters == 8)
        #expect(hello.encoded == Published.deliver)
        let question = try deliver(Published.howAreYou)
        #expect(question.originator.number == "+31641600986")
        #expect(ShortText.text(question.userData, question.coding) == "How are you?")
        #expect(question.time.octets.dropLast() == octets("208062917314")[...])
    }

    @Test("§9.2.2.2 to §9.2.2.1: what is the user's passes untouched: PID, DCS, header, data, reply path")
    func untouched() throws {
        let to = try #require(TPAddress(number: "+15550000002"))
        // In an alphabet of octets the same user data counts octets.
        let raw = [UInt8](repeating: 0xA5, count: 12)
        let whole = [0xA1, 7] + to.octets + [0x40, 0xF5, UInt8(raw.count)] + raw
        let read = try submit(whole)
        let now = TimeStamp(unixSeconds: 1_795_000_000, quarters: -20)
        let from = try #require(TPAddress(number: "+15550000001"))
        let made = SMSDeliver(read, from: from, at: now)
        let seen = try deliver(made.encoded)
        #expect(seen == made && seen.userData == read.userData && seen.coding.octet == 0xF5)
        #expect(seen.protocolIdentifier == 0x40 && seen.reportsStatus && seen.hasReplyPath)
        #expect(Array(made.encoded.suffix(raw.count + 1)) == [12] + raw)
    }

    @Test("§9.1.2.5: numbers and names; twenty digits are taken, one more is not")
    func addresses() throws {
        #expect(TPAddress(number: "+15550000002")?.octets == octets("0B915155000000F2"))
        #expect(TPAddress(number: "5550000002")?.number == "5550000002")
        #expect(TPAddress(number: "*100#")?.number == "*100#")
        #expect(TPAddress(number: String(repeating: "1", count: 20)) != nil)
        for text in ["", "+", String(repeating: "1", count: 21), "alice", "+1 5"] {
            #expect(TPAddress(number: text) == nil, "\(text)")
        }
        let alice = TPAddress(name: "Alice")
        #expect(alice.isAlphanumeric && alice.number == nil && alice.description == "Alice")
        #expect(TPAddress(alice.octets) == alice)
        #expect(TPAddress(name: "a name that is too long").description == "a name that")
    }

    @Test("§9.2.3.11: a time and its zone, as the calendar has them", arguments: [-48, -14, 0, 1, 8, 22, 56])
    func times(quarters: Int) throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: quarters * 900))
        for seconds in stride(from: Int64(1_000_000_000), to: 4_000_000_000, by: 1_234_567) {
            let stamp = TimeStamp(unixSeconds: seconds, quarters: quarters)
            let date = Date(timeIntervalSince1970: TimeInterval(seconds))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            let fields = [(parts.year ?? 0) % 100, parts.month, parts.day, parts.hour, parts.minute, parts.second]
            let expected = fields.map { $0 ?? 0 }.map { UInt8($0 / 10 | ($0 % 10) << 4) }
            #expect(Array(stamp.octets.prefix(6)) == expected)
            let deliver = Array(Published.deliver.prefix(11)) + stamp.octets + Published.deliver.dropFirst(18)
            #expect(try self.deliver(Array(deliver)).time == stamp)
        }
    }

    @Test(
        "§9.2.3.12: validity, relative and enhanced",
        arguments: [
            ("00", 300), ("8F", 43_200), ("90", 45_000), ("A7", 86_400), ("A8", 172_800), ("C4", 2_592_000),
            ("C5", 3_024_000), ("FF", 38_102_400), ("02 1E 0000000000", 30), ("03 10 32 54 000000", 5_025),
            ("01 00 0000000000", 300),
        ] as [(String, Int64)])
    func validity(hexadecimal: String, seconds: Int64) throws {
        let value = octets(hexadecimal)
        let first: UInt8 = value.count == 1 ? 0x11 : 0x09
        let rest = Array(Published.submit[1..<12]) + value + Array(Published.submit[13...])
        let message = try submit([first] + rest)
        #expect(message.validity?.seconds(from: 1_000) == seconds)
        #expect(message.encoded == [first] + rest)
    }

    @Test("§9.2.3.12.2: absolute validity ends at its time; §9.2.3.12.3: none given, and reserved formats")
    func otherValidity() throws {
        let end = TimeStamp(unixSeconds: 1_795_000_000, quarters: 4)
        let tail = Array(Published.submit[13...])
        let head = Array(Published.submit[1..<12])
        let absolute = try submit([0x19] + head + end.octets + tail)
        #expect(absolute.validity?.seconds(from: 1_794_999_000) == 1_000)
        #expect(absolute.validity?.seconds(from: 1_795_999_000) == 0)
        let none = try submit([0x09] + head + [UInt8](repeating: 0, count: 7) + tail)
        #expect(none.validity != nil && none.validity?.seconds(from: 0) == nil)
        for reserved in ["04", "02", "03 FF"] {
            let value = octets(reserved) + [UInt8](repeating: 0, count: 6)
            #expect(throws: SMSFault(.invalid, "")) { try submit([0x09] + head + value.prefix(7) + tail) }
        }
    }

    @Test("TS 23.038 §4: which schemes count septets, and the longest user data of each")
    func coding() throws {
        let head = Array(Published.submit[1..<11])
        for (scheme, longest) in [
            (0x00, 160), (0x04, 140), (0x08, 140), (0x0C, 160), (0x20, 140), (0xF5, 140),
            (0xF1, 160), (0xE0, 140), (0xC8, 160), (0x48, 140),
        ] {
            let octetCount = longest == 160 ? 140 : longest
            let whole = [0x01] + head + [UInt8(scheme), UInt8(longest)] + [UInt8](repeating: 1, count: octetCount)
            #expect(try submit(whole).encoded == whole, "\(scheme)")
            let more = [0x01] + head + [UInt8(scheme), UInt8(longest + 1)] + [UInt8](repeating: 1, count: 142)
            #expect(throws: SMSFault.self) { try submit(more) }
        }
    }

    @Test("§9.2.2.3: SMS-STATUS-REPORT; §9.2.3.2: more messages to send is one bit, unset for yes")
    func statusReport() throws {
        let report = SMSStatusReport(
            reference: 7, recipient: try #require(TPAddress(number: "+15550000002")),
            time: TimeStamp(unixSeconds: 1_795_000_000), discharge: TimeStamp(unixSeconds: 1_795_000_060),
            status: .expired)
        #expect(try CentreTPDU(report.encoded) == .statusReport(report))
        #expect(!report.status.isDelivered && DeliveryStatus.received.isDelivered)
        #expect(try deliver(CentreTPDU.marked(Published.deliver, hasMore: true)).hasMore)
        #expect(
            CentreTPDU.marked(CentreTPDU.marked(Published.deliver, hasMore: true), hasMore: false) == Published.deliver)
        #expect(CentreTPDU.marked([], hasMore: true).isEmpty)
    }

    @Test("§9.2.2.1a, §9.2.2.2a: reports, and the failure cause of one")
    func reports() {
        let time = TimeStamp(unixSeconds: 1_795_000_000)
        #expect(SMSReport.submit(at: time) == [0x01, 0x00] + time.octets)
        let failed = SMSReport.submit(at: time, failure: .invalidAddress)
        #expect(failed == [0x01, 0xC3, 0x00] + time.octets && SMSReport.failure(in: failed) == 0xC3)
        #expect(SMSReport.failure(in: SMSReport.deliver()) == nil && SMSReport.failure(in: nil) == nil)
        #expect(SMSReport.failure(in: SMSReport.deliver(failure: 0xD3)) == 0xD3)
    }

    @Test("§9.2.3.1: SMS-COMMAND is known as such; what a phone or a centre does not send is refused")
    func types() throws {
        #expect(try MobileTPDU(octets("02 01 00")) == .command)
        for first: UInt8 in [0, 3] { #expect(throws: SMSFault(.type, "")) { try MobileTPDU([first, 0, 0]) } }
        for first: UInt8 in [1, 3] { #expect(throws: SMSFault(.type, "")) { try CentreTPDU([first, 0, 0]) } }
    }

    @Test("Every message cut anywhere is refused")
    func cut() {
        for count in 0..<Published.submit.count {
            #expect(throws: SMSFault.self) { try MobileTPDU(Published.submit.prefix(count)) }
        }
        for count in 0..<Published.deliver.count {
            #expect(throws: SMSFault.self) { try CentreTPDU(Published.deliver.prefix(count)) }
        }
        #expect(throws: SMSFault(.trailing, "")) { try MobileTPDU(Published.submit + [0]) }
    }
}
