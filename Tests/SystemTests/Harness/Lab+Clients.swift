import LabHarness
import Testing

extension Lab {
    /// A phone with subscriber `number`'s USIM on that subscriber's address.
    func phone(_ number: Int, seenElsewhere: UInt64? = nil) throws -> Phone {
        try Phone(Subscriber(number: number), at: addresses.ue(number), pcscf: pcscf, seenElsewhere: seenElsewhere)
    }

    /// Runs a sipp scenario for each of `numbers`.
    func sipp(
        _ scenario: String, _ numbers: ClosedRange<Int>, transport: Sipp.Transport = .udp, perSecond: Int = 200
    ) throws -> SippResult {
        var run = Sipp(scenario: scenario, pcscf: pcscf, addresses: addresses, folder: folder)
        run.transport = transport
        run.perSecond = perSecond
        return try run.run(numbers)
    }
}

extension Shape: CustomTestStringConvertible {
    public var testDescription: String { description }
}
