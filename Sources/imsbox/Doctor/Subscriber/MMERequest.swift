import Diameter
import RoleKit
import Tap

/// What an MME asked our HSS for one subscriber, with what it was told (TS 29.272 §5.2), read from what the HSS remembers.
struct MMERequest {
    var time: Int64
    /// Its Origin-Host.
    var mme: String
    /// `AIR`, `ULR`.
    var name: String
    /// It wants authentication vectors: the phone is there and has said who it is.
    var isForVectors: Bool
    /// nil while it waits.
    var result: DiameterResult?
    fileprivate var key: Key

    /// What request and answer have in common, RFC 6733 §3.
    fileprivate struct Key: Equatable {
        var instance: String
        var remote: SocketAddress
        var hopByHop: UInt32
    }

    /// Those that tell how far an attach got.
    private static let commands = [
        S6aCommands.authenticationInformation, S6aCommands.updateLocation, S6aCommands.purgeUE,
    ]

    /// In the order of time.
    static func all(_ rows: [TraceRow], of imsi: String) -> [MMERequest] {
        var found: [MMERequest] = []
        for row in rows where row.kind == .diameter && row.role == .hss {
            guard let (message, _) = try? DiameterMessage.decode(row.bytes), message.application == Application.s6a,
                commands.contains(message.command)
            else { continue }
            let key = Key(instance: row.instance, remote: row.remote, hopByHop: message.hopByHop)
            if message.isRequest, row.received, message[Base.userName] == imsi {
                found.append(MMERequest(row, message, key))
            } else if !message.isRequest, !row.received, let at = found.lastIndex(where: { $0.key == key }),
                found[at].result == nil
            {
                found[at].result = message.result
            }
        }
        return found
    }

    private init(_ row: TraceRow, _ message: DiameterMessage, _ key: Key) {
        time = row.unixNanoseconds
        mme = String((message[Base.originHost] ?? "").prefix(Self.longestName))
        name = message.shortName
        isForVectors = message.command == S6aCommands.authenticationInformation
        self.key = key
    }

    /// A Diameter identity is a domain name.
    private static let longestName = 255
}
