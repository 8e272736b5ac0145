import AKA
import Diameter
import RoleKit

@testable import HSS

/// The home network and the users of these tests.
enum Lab {
    static let home = "ims.mnc001.mcc001.3gppnetwork.org"
    static let server = "sip:scscf.\(home):6060"
    static let otherServer = "sip:scscf2.\(home):6060"
    static let host = "scscf.\(home)"
    static let imsi = "001010000000001"
    static let impi = "\(imsi)@\(home)"
    static let impu = "sip:+15550000001@\(home)"
    static let barredIMPU = "sip:\(imsi)@\(home)"

    static let keys = AKAKeys(
        algorithm: .milenage, k: Block128(0x465b_5ce8_b199_b49f_aa5f_0a2e_e238_a6bc),
        opc: Block128(0xcd63_cb71_954a_9f4e_48a5_994e_37a0_2baf), amf: 0xB9B9)

    /// A SIM user with an MSISDN.
    static var subscriber: Subscriber {
        Subscriber(imsi: Digits(imsi), msisdn: Digits("15550000001"), authentication: .aka(keys))
    }

    /// A second SIM user.
    static var neighbour: Subscriber {
        Subscriber(imsi: Digits("001010000000002"), msisdn: Digits("15550000002"), authentication: .aka(keys))
    }

    /// A user whose every public identity is barred, as a broken import elsewhere could leave one.
    static var allBarred: Subscriber {
        Subscriber(imsi: Digits("001010000000003"), msisdn: nil, authentication: .aka(keys))
    }

    /// A user of SIP Digest without a SIM.
    static var softphone: Subscriber {
        Subscriber(
            imsi: nil, msisdn: nil,
            authentication: .sipDigest(
                SIPDigestSecret(
                    realm: home, ha1: Block128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef))),
            further: Subscriber.Further(
                privateIdentity: "alice@\(home)",
                publicIdentities: [
                    PublicUserIdentity("sip:alice@\(home)"),
                    PublicUserIdentity("sip:alice.old@\(home)", isBarred: true),
                ],
                capabilities: ServerCapabilities(mandatory: [7], optional: [9])))
    }

    static var policy: HSSPolicy {
        HSSPolicy(home: home, capabilities: ServerCapabilities(serverNames: [server]))
    }

    static func record(
        _ subscriber: Subscriber = subscriber, _ registration: Registration = .none, id: Int64 = 1
    ) -> SubscriberRecord {
        SubscriberRecord(
            id: id, subscriber: subscriber, registration: registration, sequence: SequenceReservation(base: 0))
    }

    static func known(
        _ registration: Registration = .none, isBarred: Bool = false, _ subscriber: Subscriber = subscriber
    ) -> Identities {
        .known(record(subscriber, registration), isBarred: isBarred)
    }

    static func assigned(
        _ state: Registration.State, to server: String = server, isAuthenticationPending: Bool = false,
        isReassignmentPending: Bool = false
    ) -> Registration {
        Registration(
            state: state, isAuthenticationPending: isAuthenticationPending,
            isReassignmentPending: isReassignmentPending, serverName: server, serverHost: host)
    }

    static func directory(_ subscribers: [Subscriber]) -> SubscriberDirectory {
        let directory = SubscriberDirectory(home: home)
        for (index, subscriber) in subscribers.enumerated() {
            directory.store(
                StoredSubscriber(
                    id: Int64(index + 1), subscriber: subscriber, base: 0, registration: .none))
        }
        return directory
    }
}
