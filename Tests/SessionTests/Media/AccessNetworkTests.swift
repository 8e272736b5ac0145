import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

@Suite("TS 24.229 §7.2A.4, RFC 7315 §5: the access network, as the network and as the UE say it")
struct AccessNetworkTests {
    private static let cell = "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001"
    private static let own = "P-Access-Network-Info: 3GPP-E-UTRAN-TDD;utran-cell-id-3gpp=1"

    private func pair(_ info: String?) throws -> Pair {
        try Pair { options in if let info { options.pcscf = [("access-network-info", .text(info))] } }
    }

    /// What the P-CSCF sent toward the core of this kind.
    private func onMw(_ pair: Pair, _ start: String) throws -> SIPMessage {
        let sent = pair.core.pcscfNode.tap.passages.filter { passage in
            passage.layer == .sip && passage.direction == .sent && passage.text.hasPrefix(start)
                && !passage.remote.host.hasPrefix("10.45.")
        }
        return try SIPMessage(try #require(sent.last).bytes)
    }

    @Test("§5.2.2.1, §5.2.6.3: the network's word goes into REGISTER, requests and responses, beside the UE's own")
    func provided() throws {
        let pair = try pair(Self.cell)
        let provided = Self.cell + ";network-provided"
        #expect(try onMw(pair, "REGISTER").texts(.pAccessNetworkInfo) == [provided])
        let mine = String(Self.own.dropFirst("P-Access-Network-Info: ".count))
        pair.bob.answers = { [bob = pair.bob] in
            $0.method == .ack ? [] : [bob.response(200, to: $0, extra: [Self.own])]
        }
        let call = pair.alice.call(pair.bob.uri, extra: [Self.own])
        #expect(try onMw(pair, "INVITE").texts(.pAccessNetworkInfo) == [mine, provided])
        #expect(try onMw(pair, "SIP/2.0 200").texts(.pAccessNetworkInfo) == [mine, provided])
        try call.establish(try #require(pair.alice.responses.last { $0.status == 200 }))
        call.acknowledge()
        pair.core.world.settle()
        #expect(try !onMw(pair, "ACK").has(.pAccessNetworkInfo))
        call.send("UPDATE")
        pair.core.world.settle()
        #expect(try onMw(pair, "UPDATE").texts(.pAccessNetworkInfo) == [provided])
        // Where somebody is, is told to no UE.
        for message in pair.bob.requests + pair.alice.responses { #expect(!message.has(.pAccessNetworkInfo)) }
        try pair.hangUp(call)
    }

    @Test(
        "RFC 7315 §5.4: a UE that speaks in the network's name is not believed, in requests and responses",
        arguments: [nil, cell] as [String?])
    func forged(_ info: String?) throws {
        let pair = try pair(info)
        let forged = "P-Access-Network-Info: IEEE-802.11;i-wlan-node-id=ff; Network-Provided, 3GPP-NR-TDD;x=1"
        pair.bob.answers = { [bob = pair.bob] in [bob.response(200, to: $0, extra: [forged])] }
        _ = pair.alice.initial("MESSAGE", to: pair.bob.uri, extra: [forged])
        pair.core.world.settle()
        let expected = ["3GPP-NR-TDD;x=1"] + (info.map { ["\($0);network-provided"] } ?? [])
        #expect(try onMw(pair, "MESSAGE").texts(.pAccessNetworkInfo) == expected)
        #expect(try onMw(pair, "SIP/2.0 200").texts(.pAccessNetworkInfo) == expected)
    }

    // MARK: The file

    private func read(_ pairs: [(String, SettingsNode)]) -> (PCSCFConfig, [String]) {
        var reader = SettingsReader(.map([("home-network", .text(CoreWorld.home))] + pairs))
        let config = PCSCFConfig(reading: &reader)
        return (config, reader.finish().map { "\($0.problem): \($0.cure)" })
    }

    @Test("nothing written: descriptions pass, nobody is asked, nothing is vouched for")
    func defaults() {
        let (config, faults) = read([])
        #expect(faults.isEmpty)
        let main = config.listeners[0]
        #expect(main.preconditions == .pass && main.qos == .off && main.accessNetworkInfo == nil)
    }

    @Test("a further listener is like the first but for what it says")
    func perListener() {
        let (config, faults) = read([
            ("preconditions", .text("assist")), ("qos", .text("best-effort")),
            ("access-network-info", .text("IEEE-802.11;network-provided")),
            (
                "listeners",
                .list([
                    .map([("port", .text("5062"))]),
                    .map([
                        ("port", .text("5064")), ("preconditions", .text("strip")), ("qos", .text("off")),
                        ("access-network-info", .text(Self.cell)),
                    ]),
                ])
            ),
        ])
        #expect(faults.isEmpty, "\(faults)")
        #expect(config.listeners.map(\.preconditions) == [.assist, .assist, .strip])
        #expect(config.listeners.map(\.qos) == [.bestEffort, .bestEffort, .off])
        #expect(
            config.listeners.map(\.accessNetworkInfo) == [
                "IEEE-802.11;network-provided", "IEEE-802.11;network-provided", Self.cell + ";network-provided",
            ])
    }

    @Test(
        "what cannot be is refused, with what to write",
        arguments: [
            ("qos", "required", "write `qos: off`"), ("qos", "requird", "required"),
            ("preconditions", "asist", "assist"), ("access-network-info", "a;b, c;d", "utran-cell-id-3gpp"),
            ("access-network-info", ";x=1", "utran-cell-id-3gpp"), ("access-network-info", "3GPP cell", "utran"),
        ])
    func refusals(_ row: (key: String, value: String, cure: String)) {
        let (_, faults) = read([(row.key, .text(row.value))])
        #expect(faults.count == 1 && faults[0].contains(row.cure), "\(faults)")
    }
}
