import SMS
import Testing

/// The relay layer, TS 24.011 §7.3 and §8.2.
@Suite struct RPMessageTests {
    @Test("§7.3.1: RP-DATA from and to a phone, read and written back octet for octet")
    func data() throws {
        let centre = RPAddress("+15559999999")
        let up = try RPMessage(Published.dataFromMobile, .fromMobile)
        #expect(up == .data(reference: 5, serviceCentre: centre, userData: Published.submit))
        #expect(up.encoded(.fromMobile) == Published.dataFromMobile)
        let down = try RPMessage(Published.dataToMobile, .toMobile)
        #expect(down == .data(reference: 5, serviceCentre: centre, userData: Published.deliver))
        #expect(down.encoded(.toMobile) == Published.dataToMobile)
        #expect(centre?.description == "+15559999999")
    }

    @Test(
        "§7.3.2 to §7.3.4: RP-SMMA, RP-ACK and RP-ERROR, with and without user data",
        arguments: [
            (RPMessage.memoryAvailable(reference: 7), RPMessage.Direction.fromMobile, "0607"),
            (.ack(reference: 5, userData: nil), .toMobile, "0305"),
            (.ack(reference: 5, userData: [0, 0]), .fromMobile, "0205 41 02 0000"),
            (.error(reference: 9, cause: .memoryCapacityExceeded, userData: nil), .fromMobile, "0409 01 16"),
            (
                .error(reference: 9, cause: .temporaryFailure, userData: [1, 0xC2, 0]), .toMobile,
                "0509 01 29 41 03 01C200"
            ),
        ])
    func others(message: RPMessage, direction: RPMessage.Direction, hexadecimal: String) throws {
        #expect(message.encoded(direction) == octets(hexadecimal))
        #expect(try RPMessage(octets(hexadecimal), direction) == message)
        #expect(message.reference == octets(hexadecimal)[1])
    }

    @Test("§8.2.5.4: a cause with a diagnostic, and one that no table has")
    func causes() throws {
        #expect(
            try RPMessage(octets("0409 02 96 01"), .fromMobile)
                == .error(reference: 9, cause: .memoryCapacityExceeded, userData: nil))
        #expect(RPCause.memoryCapacityExceeded.description == "cause 22, memory capacity exceeded")
        #expect(RPCause(5).description == "cause 5")
        #expect(RPCause.names.map(\.value) == RPCause.names.map(\.value).sorted())
    }

    @Test(
        "§9.3: what is no message of this direction, or breaks its own lengths, has its fault and cause",
        arguments: [
            ("", SMSFault.Code.short), ("00", .short), ("0105", .type), ("0705", .type), ("0005", .short),
            // The phone's own address; an address of twelve octets; no user data; user data cut; octets behind.
            ("0005 02 91 21 00 01 01", .invalid), ("0005 00 0C 91 5155 9999 99F9 5155 9999 99F9 01", .invalid),
            ("0005 00 02 91 21 00", .invalid), ("0005 00 02 91 21 03 01", .short),
            ("0005 00 02 91 21 01 01 FF", .trailing), ("0005 00 03 91 1F 21 01 01", .invalid),
            ("0205 42 01 00", .invalid), ("0205 41 02 00", .short), ("0405", .short), ("0405 00", .invalid),
            ("0405 03 01 01 01", .invalid), ("0607 00", .trailing),
        ])
    func faults(hexadecimal: String, code: SMSFault.Code) {
        #expect(throws: SMSFault(code, "")) { try RPMessage(octets(hexadecimal), .fromMobile) }
    }

    @Test("§8.2.5.3: 233 octets of user data are taken, one more is not")
    func longest() throws {
        func message(_ count: Int) -> [UInt8] {
            octets("0005 00 02 91 21") + [UInt8(count)] + [UInt8](repeating: 7, count: count)
        }
        #expect(try RPMessage(message(233), .fromMobile).encoded(.fromMobile) == message(233))
        #expect(throws: SMSFault(.invalid, "")) { try RPMessage(message(234), .fromMobile) }
    }

    @Test("§9.2: of a message that cannot be read, RP-DATA and RP-SMMA have a reference to refuse")
    func references() {
        #expect(RPMessage.referenceToRefuse(octets("0005 FF")) == 5)
        #expect(RPMessage.referenceToRefuse(octets("0607 00")) == 7)
        for text in ["", "00", "0205", "0405", "0105"] { #expect(RPMessage.referenceToRefuse(octets(text)) == nil) }
    }

    @Test("Every message cut anywhere is refused, and changed anywhere is read or refused, never worse")
    func broken() {
        var chance = Chance(state: 7)
        for whole in [Published.dataFromMobile, octets("0409 02 96 01 41 02 0000")] {
            for count in 0..<whole.count {
                let isComplete = count > 0 && (try? RPMessage(whole.prefix(count), .fromMobile)) != nil
                // An RP-ERROR without its optional user data is whole.
                #expect(!isComplete || whole[0] == 4 && count == 5)
            }
            for _ in 0..<20_000 {
                var changed = whole
                for _ in 0..<Int.random(in: 1...4, using: &chance) {
                    changed[Int.random(in: 0..<changed.count, using: &chance)] = .random(in: 0...255, using: &chance)
                }
                for direction in [RPMessage.Direction.fromMobile, .toMobile] {
                    guard let message = try? RPMessage(changed, direction) else { continue }
                    if case .data(_, _, let userData) = message {
                        _ = try? MobileTPDU(userData)
                        _ = try? CentreTPDU(userData)
                    }
                    #expect((try? RPMessage(message.encoded(direction), direction)) == message)
                }
            }
        }
    }
}
