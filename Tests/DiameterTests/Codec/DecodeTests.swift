import TestSupport
import Testing

@testable import Diameter

@Suite("Diameter decoding")
struct DecodeTests {
    /// A UAR with one more AVP, written byte by byte.
    private func uar(plus avp: [UInt8]) -> [UInt8] {
        var message = Samples.uar()
        message.append(encoded: avp)
        return message.encode()
    }

    private func codes(_ bytes: [UInt8]) throws -> [ResultCode] { try DiameterMessage.decode(bytes).1.map(\.code) }

    @Test("RFC 6733 §3: version, length field and size must agree, or the stream is lost")
    func brokenHeaders() {
        let good = Samples.uar().encode()
        func change(_ edit: (inout [UInt8]) -> Void) -> [UInt8] {
            var bytes = good
            edit(&bytes)
            return bytes
        }
        let broken: [([UInt8], ResultCode)] = [
            ([], .invalidMessageLength), (Array(good[..<19]), .invalidMessageLength),
            (change { $0[0] = 2 }, .unsupportedVersion), (change { $0[3] &+= 4 }, .invalidMessageLength),
            (change { $0.removeLast(4) }, .invalidMessageLength),
        ]
        for (bytes, code) in broken {
            #expect { try DiameterMessage.decode(bytes) } throws: { ($0 as? DiameterError)?.code == code }
        }
    }

    @Test func aMessageLongerThanTheLimitIsRefused() {
        var message = DiameterMessage(1, application: 0, flags: [.request])
        let room = DiameterLimits.messageBytes - message.bytes.count - 8
        message.add(Base.classData, [UInt8](repeating: 0, count: room))
        #expect(message.bytes.count == DiameterLimits.messageBytes)
        #expect(throws: Never.self) { try DiameterMessage.decode(message.encode()) }
        message.add(Base.classData, [])
        #expect(throws: DiameterError(.invalidMessageLength, "")) { try DiameterMessage.decode(message.encode()) }
    }

    @Test("RFC 6733 §7.1.3: the E bit in a request is 3008")
    func errorBitInRequest() throws {
        var message = Samples.uar()
        message.flags.insert(.error)
        #expect(try codes(message.encode()) == [.invalidHeaderBits])
    }

    @Test("RFC 6733 §4.1: an unknown AVP with M is 5001 and shown whole, without M it is ignored")
    func unknownAVPs() throws {
        let mandatory: [UInt8] = [0, 0, 0x77, 0x77, 0x40, 0, 0, 10, 1, 2, 0, 0]
        let (_, faults) = try DiameterMessage.decode(uar(plus: mandatory))
        #expect(faults.map(\.code) == [.avpUnsupported])
        #expect(faults.first?.failed == mandatory)
        var optional = mandatory
        optional[4] = 0
        #expect(try codes(uar(plus: optional)).isEmpty)
    }

    @Test("Kamailio's SAR carries AVP 494 of vendor 50 without M: accepted")
    func kamailiosOwnAVP() throws {
        let avp: [UInt8] = [0, 0, 0x01, 0xEE, 0x80, 0, 0, 15, 0, 0, 0, 50, 49, 45, 50, 0]
        #expect(try codes(uar(plus: avp)).isEmpty)
    }

    @Test("RFC 6733 §7.5: unknown and mandatory inside a group is shown inside that group")
    func unknownInsideGroup() throws {
        var message = Samples.uar()
        message.add(
            Base.proxyInfo,
            AVPGroup {
                $0.add(Base.proxyHost, "p")
                $0.add(Base.proxyState, [1])
                $0.add(code: 30_583, vendor: .ietf, flags: [.m], data: [9])
            })
        let fault = try #require(try DiameterMessage.decode(message.encode()).1.first)
        #expect(fault.code == .avpUnsupported)
        let shown = AVPGroup(view: fault.failed, 0..<fault.failed.count)
        let group = try #require(shown[Base.proxyInfo])
        #expect(group.find(30_583, .ietf, from: group.body.lowerBound) != nil)
    }

    @Test("RFC 6733 §7.1.5: an AVP whose length lies is 5014, shown with the least data of its format")
    func lengthLies() throws {
        // Longer than the message; shorter than its own header; shorter than a header with a vendor.
        for avp: [UInt8] in [
            [0, 0, 1, 8, 0x40, 0, 1, 0, 65, 66, 67, 68], [0, 0, 1, 8, 0x40, 0, 0, 7, 65, 66, 67, 68],
            [0, 0, 1, 8, 0xC0, 0, 0, 11, 0, 0, 0, 1], [0, 0, 1, 8, 0x40, 0, 0, 0, 0, 0, 0, 0],
        ] {
            let (message, faults) = try DiameterMessage.decode(uar(plus: avp))
            #expect(faults.map(\.code) == [.invalidAVPLength])
            #expect(message[Base.userName] == "001010000000001@home", "what stood before can be read")
        }
        // Four bytes at the end are no AVP.
        #expect(try codes(uar(plus: [0, 0, 0, 1])) == [.invalidAVPLength])
        // An Unsigned32 of five bytes.
        var five: [UInt8] = []
        AVPScan.append(Cx.uarFlags.code, .threeGPP, [.v], to: &five) { $0 += [1, 2, 3, 4, 5] }
        let fault = try #require(try DiameterMessage.decode(uar(plus: five)).1.first)
        #expect(fault.code == .invalidAVPLength)
        #expect(AVPGroup(view: fault.failed, 0..<fault.failed.count)[Cx.uarFlags] == 0)
    }

    @Test("RFC 6733 §4.4: a lie inside a group spoils the group, not what follows it")
    func lengthLieInsideGroup() throws {
        var bad: [UInt8] = []
        AVPScan.append(Base.proxyInfo.code, .ietf, [.m], to: &bad) { $0 += [0, 0, 1, 24, 0x40, 0, 2, 0] }
        AVPScan.append(30_583, .ietf, [.m], to: &bad) { _ in }
        #expect(try codes(uar(plus: bad)) == [.invalidAVPLength, .avpUnsupported])
    }

    @Test("a group whose last member lacks its padding is read all the same")
    func missingPaddingInGroup() throws {
        var avp: [UInt8] = []
        AVPScan.append(Cx.associatedIdentities.code, .threeGPP, [.v], to: &avp) {
            $0 += [0, 0, 0, 1, 0x40, 0, 0, 9, 65]
        }
        let (message, faults) = try DiameterMessage.decode(uar(plus: avp))
        #expect(faults.isEmpty)
        #expect(message[Cx.associatedIdentities]?[Base.userName] == "A")
    }

    @Test("RFC 6733 §7.1.5: 5004 for values an AVP cannot have")
    func values() throws {
        func avp(_ code: UInt32, _ vendor: Vendor, _ data: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = []
            AVPScan.append(code, vendor, [.m], to: &bytes) { $0 += data }
            return bytes
        }
        // SWx's PGW_UPDATE is no Cx Server-Assignment-Type.
        #expect(try codes(uar(plus: avp(614, .threeGPP, [0, 0, 0, 13]))) == [.invalidAVPValue])
        #expect(try codes(uar(plus: avp(614, .threeGPP, [0, 0, 0, 11]))).isEmpty)
        // Bytes that are no UTF-8; an IPv4 address of five bytes.
        #expect(try codes(uar(plus: avp(602, .threeGPP, [0x61, 0xFF, 0x62]))) == [.invalidAVPValue])
        #expect(try codes(uar(plus: avp(602, .threeGPP, Array("müsli größer als acht".utf8)))).isEmpty)
        #expect(try codes(uar(plus: avp(257, .ietf, [0, 1, 1, 2, 3]))) == [.invalidAVPValue])
        #expect(try codes(uar(plus: avp(257, .ietf, [0, 3, 1]))).isEmpty)
    }

    @Test func oneGroupDeeperThanTheLimitIsRefused() throws {
        func nested(_ depth: Int) -> AVPGroup {
            var group = AVPGroup()
            for _ in 0..<depth {
                let inner = group
                group = AVPGroup { $0.add(Cx.associatedIdentities, inner) }
            }
            return group
        }
        func faults(_ depth: Int) throws -> [ResultCode] {
            var message = DiameterMessage(1, application: 0, flags: [.request])
            message.append(encoded: Array(nested(depth).bytes))
            return try codes(message.encode())
        }
        #expect(try faults(DiameterLimits.groupDepth).isEmpty)
        #expect(try faults(DiameterLimits.groupDepth + 1) == [.unableToComply])
    }

    @Test func oneAVPMoreThanTheLimitIsRefused() throws {
        var message = DiameterMessage(1, application: 0, flags: [.request])
        let one: [UInt8] = [0, 0, 0, 25, 0x40, 0, 0, 8]
        message.append(encoded: Array(repeatElement(one, count: DiameterLimits.avpsInMessage).joined()))
        #expect(try codes(message.encode()).isEmpty)
        message.append(encoded: one)
        #expect(try codes(message.encode()) == [.unableToComply])
    }

    @Test func faultsAreCappedAndTheFirstStaysFirst() throws {
        var message = DiameterMessage(1, application: 0, flags: [.request])
        for i in 0..<UInt32(DiameterLimits.faultsInMessage + 10) {
            message.add(code: 40_000 + i, vendor: .ietf, flags: [.m], data: [])
        }
        let (_, faults) = try DiameterMessage.decode(message.encode())
        #expect(faults.count == DiameterLimits.faultsInMessage)
        #expect(faults.first?.detail.contains("40000") == true)
    }

    @Test("whatever is done to a message, decoding ends in a message or an error", arguments: 0..<40 as Range<UInt64>)
    func mutations(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for rule in CommandTable.standard.rules {
            var bytes = Samples.least(rule, isRequest: seed % 2 == 0).encode()
            for _ in 0..<1 + Int(random.next() % 6) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.next() % 3 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            guard let (message, faults) = try? DiameterMessage.decode(bytes) else { continue }
            _ = CommandTable.standard.check(message)
            for fault in faults { _ = message.answer(fault, from: Samples.hss) }
            for place in message.places { #expect(place.next <= bytes.count && place.data.upperBound <= place.next) }
            for group in message.all(Cx.sipAuthDataItem) { _ = group[Cx.sipAuthenticate] }
        }
    }

    @Test("every cut of a message is refused or read, never more")
    func truncations() throws {
        let whole = Samples.uar().encode()
        for count in 0..<whole.count {
            #expect(throws: DiameterError.self) { try DiameterMessage.decode(Array(whole[..<count])) }
            // The same with a length field that believes it.
            guard count >= 20, count % 4 == 0 else { continue }
            var cut = Array(whole[..<count])
            cut[1] = 0
            cut[2] = UInt8(count >> 8)
            cut[3] = UInt8(count & 0xFF)
            let (message, _) = try DiameterMessage.decode(cut)
            #expect(message.places.allSatisfy { $0.data.upperBound <= count })
        }
    }
}

@Suite("Diameter framing")
struct FramerTests {
    @Test func messagesComeOutWhateverThePieces() throws {
        let messages = (0..<5).map { Samples.uar(hopByHop: UInt32($0)).encode() }
        let stream = Array(messages.joined())
        for piece in [1, 3, 7, 64, 333, stream.count] {
            var framer = DiameterFramer()
            var found: [[UInt8]] = []
            var start = 0
            while start < stream.count {
                framer.push(Array(stream[start..<min(start + piece, stream.count)]))
                start += piece
                while let message = try framer.next() { found.append(message) }
            }
            #expect(found == messages)
            #expect(framer.waiting == 0)
        }
    }

    @Test func nonsenseEndsTheStreamAtOnce() {
        for (bytes, code): ([UInt8], ResultCode) in [
            ([0x47, 0x45, 0x54], .unsupportedVersion), ([1, 0, 0, 16], .invalidMessageLength),
            ([1, 0, 0, 22], .invalidMessageLength), ([1, 0xFF, 0xFF, 0xFC], .invalidMessageLength),
        ] {
            var framer = DiameterFramer()
            framer.push(bytes)
            #expect(throws: DiameterError(code, "")) { try framer.next() }
        }
    }
}
