import SMS
import Testing

/// Texts as user data, TS 23.038 §6 and TS 23.040 §9.2.3.24.
@Suite struct ShortTextTests {
    private func joined(_ text: String) -> (parts: Int, text: String) {
        let (coding, parts) = ShortText.split(text, reference: 200)
        return (parts.count, parts.map { ShortText.text($0, coding) }.joined())
    }

    @Test(
        "One message takes 160 septets or 70 units, of several each 153 or 67",
        arguments: [
            ("a", 160, 1), ("a", 161, 2), ("a", 306, 2), ("a", 307, 3), ("€", 80, 1), ("€", 81, 2), ("ж", 70, 1),
            ("ж", 71, 2), ("ж", 134, 2), ("ж", 135, 3),
        ])
    func counts(character: String, count: Int, parts: Int) {
        let text = String(repeating: character, count: count)
        #expect(joined(text) == (parts, text))
    }

    @Test("§6.2.1.1: an escape stays with its character, a surrogate with its other half, wherever a part ends")
    func boundaries() {
        for lead in 0..<4 {
            for unit in ["€", "😀"] {
                let text = String(repeating: "x", count: lead) + String(repeating: unit, count: 200)
                let (coding, parts) = ShortText.split(text, reference: 1)
                #expect(parts.map { ShortText.text($0, coding) }.joined() == text)
                for part in parts { #expect(!ShortText.text(part, coding).contains("\u{FFFD}")) }
            }
        }
    }

    @Test("The whole alphabet with its extensions comes back")
    func alphabet() {
        let text =
            "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà^{}\\[~]|€"
        #expect(ShortText.split(text, reference: 0).coding == .gsm)
        #expect(joined(text).text == text)
        #expect(GSMAlphabet.septets("ж") == nil)
        #expect(GSMAlphabet.septets("ж", replacing: true) == [0x3F])
    }

    @Test("§9.2.3.24.1 and §9.2.3.24.8: places by 8 and 16 bit references, and headers that say none")
    func places() throws {
        let parts = ShortText.split(String(repeating: "y", count: 400), reference: 42).parts
        #expect(parts.map { ShortText.place(of: $0)?.number } == [1, 2, 3])
        #expect(parts.allSatisfy { ShortText.place(of: $0)?.reference == 42 && ShortText.place(of: $0)?.count == 3 })
        func place(_ header: String) throws -> ShortText.Place? {
            let data = octets(header) + [0x41]
            let head = Array(Published.submit[1..<11])
            guard case .submit(let submit) = try MobileTPDU([0x41] + head + [0x04, UInt8(data.count)] + data) else {
                return nil
            }
            return ShortText.place(of: submit.userData)
        }
        #expect(try place("06 08 04 0102 02 01")?.reference == 0x0102)
        #expect(try place("0B 05 04 0B84 23F0 00 03 07 02 02")?.number == 2)
        for header in ["05 00 03 01 02 03", "05 00 03 01 00 00", "03 00 03 01", "04 05 02 0102", "00"] {
            #expect(try place(header) == nil, "\(header)")
        }
    }
}
