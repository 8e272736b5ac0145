import Testing

@testable import Diameter

@Suite("Diameter dictionary")
struct DictionaryTests {
    @Test func rowsAreFoundByCodeAndVendorAndAreUnique() {
        var seen: Set<UInt64> = []
        for row in AVPDictionary.standard.rows {
            #expect(seen.insert(UInt64(row.vendor.rawValue) << 32 | UInt64(row.code)).inserted, "\(row.name) twice")
            #expect(AVPDictionary.standard.definition(row.code, row.vendor)?.name == row.name)
            #expect(row.flags.contains(.v) == (row.vendor != .ietf && row.vendor != .etsi), "\(row.name)")
        }
        #expect(AVPDictionary.standard.definition(627, .threeGPP) == nil)
        #expect(AVPDictionary.standard.definition(600, .ietf) == nil)
    }

    @Test("TS 29.229 §6.3: codes 600 to 666 are all there, but for 627 which the specification dropped")
    func cxIsComplete() {
        for code in UInt32(600)...666 where code != 627 {
            #expect(AVPDictionary.standard.definition(code, .threeGPP) != nil, "\(code)")
        }
    }

    @Test("every row round-trips and decodes without a fault", arguments: AVPDictionary.standard.rows.map(\.code))
    func everyRowRoundTrips(code: UInt32) throws {
        for row in AVPDictionary.standard.rows where row.code == code {
            var message = DiameterMessage(1, application: 0, flags: [.request])
            let data = Samples.data(row)
            message.add(code: row.code, vendor: row.vendor, flags: row.flags, data: data)
            let (read, faults) = try DiameterMessage.decode(message.encode())
            #expect(faults.isEmpty, "\(row.name): \(faults)")
            let place = try #require(read.find(row.code, row.vendor, from: read.body.lowerBound))
            #expect(Array(read.bytes[place.data]) == data)
            #expect(RuleCheck.checkGroups(read, .standard, depth: 0) == nil, "\(row.name)")
        }
    }

    @Test("every value of every enumeration is accepted, its neighbours are not")
    func enumerations() {
        for (index, row) in AVPDictionary.standard.rows.enumerated() where !row.values.isEmpty {
            for value in row.values { #expect(AVPDictionary.standard.allows(value.value, index)) }
            let least = row.values.map(\.value).min() ?? 0
            let most = row.values.map(\.value).max() ?? 0
            #expect(!AVPDictionary.standard.allows(least - 1, index) && !AVPDictionary.standard.allows(most + 1, index))
        }
    }

    @Test func groupsAndCommandsNameOnlyRowsThatExist() {
        for row in AVPDictionary.standard.rows {
            for member in row.members {
                #expect(
                    AVPDictionary.standard.definition(member.code, member.vendor) != nil, "\(row.name) \(member.code)")
            }
            #expect(row.members.isEmpty || row.format == .grouped)
        }
        for rule in CommandTable.standard.rules {
            for avp in rule.request + rule.answer {
                #expect(AVPDictionary.standard.definition(avp.code, avp.vendor) != nil, "\(rule.name) \(avp.code)")
            }
        }
    }
}
