import AKA
import ArgumentParser
import Console
import HSS
import RoleKit
import SIP
import Store

/// `imsbox subscriber show`.
struct SubscriberShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one subscriber; never its keys.",
        discussion: """
            Examples:
              imsbox subscriber show 001010000000001
              imsbox subscriber show tel:+15550000001 --json
            """)

    @Argument(help: "IMSI, number, private or public identity.") var identity: String
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var home: HomeNetworkOption
    @OptionGroup var store: StoreOptions

    func run() throws {
        try withDatabase(store) { database in
            guard let found = try database.find(identity) else { throw SubscriberText.unknown(identity, database) }
            let report = SubscriberText.report(found, home: home.domain)
            if json { return try Terminal.answer(JSONWriter.pretty(report)) }
            for line in ReportText.lines(report) { try Terminal.answer(line) }
        }
    }
}

/// `imsbox subscriber list`.
struct SubscriberList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List subscribers in the order they were added.",
        discussion: """
            Examples:
              imsbox subscriber list
              imsbox subscriber list --limit 20 --json
            """)

    @Option(help: ArgumentHelp("At most so many; 0 for all.", valueName: "count")) var limit = 0
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var home: HomeNetworkOption
    @OptionGroup var store: StoreOptions

    private static let page = 1_000

    func run() throws {
        try withDatabase(store) { database in
            let domain = home.domain
            var printer = RowPrinter(json: json)
            var after: Int64 = 0
            while limit <= 0 || printer.count < limit {
                let most = limit <= 0 ? Self.page : min(Self.page, limit - printer.count)
                let page = try database.list(after: after, limit: most)
                guard let last = page.last else { break }
                after = last.id
                try printer.add(page.map { SubscriberText.row($0, home: domain) })
            }
            try printer.end()
            if printer.count == 0, !json { try Terminal.answer("no subscribers in \(database.path)") }
        }
    }
}

/// `imsbox subscriber remove`.
struct SubscriberRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove one subscriber with its registration.",
        discussion: """
            Example:
              imsbox subscriber remove 001010000012345
            """)

    @Argument(help: "IMSI, number, private or public identity.") var identity: String
    @OptionGroup var store: StoreOptions

    func run() throws {
        try withDatabase(store) { database in
            guard let found = try database.find(identity) else { throw SubscriberText.unknown(identity, database) }
            try database.remove(id: found.id)
            Terminal.say("removed \(identity) from \(database.path)")
        }
    }
}

/// Subscribers as reports; keys and passwords are not in them.
enum SubscriberText {
    static func unknown(_ identity: String, _ database: HSSDatabase) -> Failure {
        Failure(.failed, "no subscriber \(identity) in \(database.path) – `imsbox subscriber list` shows who there is")
    }

    static func report(_ listing: SubscriberListing, home: String) -> Report {
        let subscriber = listing.subscriber
        let identities = subscriber.publicIdentities(home: home)
        var pairs: [(key: String, value: Report)] = [
            ("imsi", .text(subscriber.imsi?.description ?? "")),
            ("msisdn", .text(subscriber.msisdn?.description ?? "")),
            ("impi", .text(subscriber.privateIdentity(home: home))),
            ("impus", .list(identities.filter { !$0.isBarred }.map { .text($0.identity) })),
            ("barred", .list(identities.filter(\.isBarred).map { .text($0.identity) })),
            ("authentication", .text(authentication(subscriber))),
        ]
        if case .aka(let keys) = subscriber.authentication {
            pairs.append(("amf", .text(Hex.text(UInt64(keys.amf), digits: 4))))
            pairs.append(("sqn", .text(Hex.text(listing.sqn, digits: 12))))
        }
        pairs.append(("state", .text(state(listing))))
        pairs.append(("s-cscf", .text(listing.registration.serverName ?? "")))
        if case .aka = subscriber.authentication {
            pairs.append(("apns", .text(accessPoints(subscriber))))
            pairs.append(("eps", .text(attachment(listing))))
            pairs.append(("mme", .text(listing.mme?.host ?? "")))
        }
        return .object(pairs)
    }

    static func row(_ listing: SubscriberListing, home: String) -> Report {
        let subscriber = listing.subscriber
        return .object([
            ("imsi", .text(subscriber.imsi?.description ?? "")),
            ("msisdn", .text(subscriber.msisdn?.description ?? "")),
            ("impi", .text(subscriber.privateIdentity(home: home))),
            ("authentication", .text(authentication(subscriber))), ("state", .text(state(listing))),
            ("s-cscf", .text(listing.registration.serverName ?? "")),
        ])
    }

    private static func authentication(_ subscriber: Subscriber) -> String {
        switch subscriber.authentication {
        case .aka(let keys): "AKA \(keys.algorithm.name)"
        case .sipDigest(let secret): "SIP Digest, realm \(secret.realm)"
        }
    }

    private static func accessPoints(_ subscriber: Subscriber) -> String {
        let names = subscriber.further?.accessPoints ?? []
        return names.isEmpty ? "all" : names.joined(separator: " ")
    }

    private static func attachment(_ listing: SubscriberListing) -> String {
        listing.mme.map { $0.isPurged ? "forgotten by the MME" : "attached" } ?? "not attached"
    }

    private static func state(_ listing: SubscriberListing) -> String {
        switch listing.registration.state {
        case .registered: "registered"
        case .unregistered: "unregistered"
        case .notRegistered: "not registered"
        }
    }
}
