import Diameter
import IMSCore
import RoleKit
import TestSupport
import Testing

@testable import AKA
@testable import HSS

/// The instance over Diameter, with a store in memory that can be held and broken.
@Suite("HSS instance")
struct HSSTests {
    let store = MemorySubscriberStore([Lab.subscriber, Lab.softphone])
    let bench: CxBench

    init() throws { bench = try CxBench(store: store) { $0.servers = [Lab.server] } }

    @Test("TS 24.228: the dialogue of a registration, UAR → MAR → UAR → SAR, and of its end")
    func registration() throws {
        let first = try #require(bench.uar())
        #expect(first.result == .experimental(.firstRegistration))
        #expect(first[Cx.serverCapabilities]?[Cx.serverName] == Lab.server)
        let challenge = try #require(bench.mar())
        #expect(challenge.result == .base(.success))
        #expect(challenge.challenges.count == 1)
        let second = try #require(bench.uar())
        #expect(second.result == .experimental(.subsequentRegistration))
        #expect(second[Cx.serverName] == Lab.server)
        let assignment = try #require(bench.sar(.registration))
        #expect(assignment.result == .base(.success))
        #expect(try UserProfile(parsing: try #require(assignment[Cx.userData])).privateID == Lab.impi)
        #expect(bench.lir()?[Cx.serverName] == Lab.server)
        #expect(bench.uar(type: .deRegistration)?.result == .base(.success))
        #expect(bench.sar(.userDeregistration)?.result == .base(.success))
        #expect(bench.lir()?.result == .experimental(.identityNotRegistered))
    }

    @Test("TS 29.229 §6.1: every answer begins with Session-Id and has application, session state and origin")
    func grammar() throws {
        let answers = [
            bench.uar(), bench.mar(), bench.sar(.registration), bench.lir(), bench.uar("nobody@x", "sip:a@b"),
        ]
        for answer in answers {
            let answer = try #require(answer)
            #expect(answer.places.first?.code == Base.sessionID.code)
            #expect(answer[Base.authSessionState] == .noStateMaintained)
            #expect(answer[Base.originHost] == "hss.\(Lab.home)")
            #expect(answer.has(Base.vendorSpecificApplicationID))
            #expect(answer.has(Base.resultCode) != answer.has(Base.experimentalResult))
        }
    }

    @Test("TS 33.102 §6.3: the subscriber's USIM accepts the vectors in any order")
    func vectors() throws {
        let functions = try AKAFunctions()
        var usim = USIM(Lab.keys)
        let answer = try #require(bench.mar(items: 5))
        #expect(answer.challenges.count == 5)
        for challenge in answer.challenges.reversed() {
            guard
                case .authenticated(let res, _, _) = try usim.answer(
                    rand: challenge.rand, autn: challenge.autn, functions)
            else { return #expect(Bool(false), "refused") }
            let item = answer.all(Cx.sipAuthDataItem).first {
                $0[Cx.sipAuthenticate]?.starts(with: challenge.rand.octets) == true
            }
            #expect(item?[Cx.sipAuthorization] == res)
        }
    }

    @Test("RFC 3310 §3.3: XRES has no zero octet for clients that keep it as a C string, unless told otherwise")
    func zeroFreeRES() throws {
        func withZero(_ bench: CxBench) throws -> Int {
            var count = 0
            for _ in 0..<200 {
                let items = try #require(bench.mar(items: 5)).all(Cx.sipAuthDataItem)
                count += items.count { $0[Cx.sipAuthorization]?.contains(0) ?? true }
            }
            return count
        }
        #expect(try withZero(bench) == 0)
        let plain = try CxBench(store: MemorySubscriberStore([Lab.subscriber])) { $0.avoidsZeroRES = false }
        #expect(try withZero(plain) > 10, "of 1,000, 31 are to be expected")
    }

    @Test("TS 33.102 §6.3.5, TS 29.228 §6.3.1: AUTS of a SIM that is far ahead, before any registration")
    func resynchronisation() throws {
        let functions = try AKAFunctions()
        var usim = USIM(Lab.keys, highest: SequenceNumber(seq: 1_000_000, for: .ims))
        let stale = try #require(bench.mar()?.challenges.first)
        guard case .synchronisationFailure(let auts) = try usim.answer(rand: stale.rand, autn: stale.autn, functions)
        else { return #expect(Bool(false), "accepted") }
        let fresh = try #require(bench.mar(authorization: stale.rand.octets + auts)?.challenges.first)
        guard case .authenticated = try usim.answer(rand: fresh.rand, autn: fresh.autn, functions) else {
            return #expect(Bool(false), "refused after resynchronisation")
        }
        #expect(bench.hssNode.log.count("sequence number resynchronised") == 1)
    }

    @Test("TS 33.102 §6.3.2, §6.3.5: an AUTS heard once and said again turns nothing back: no number is used twice")
    func replayedAUTS() throws {
        let functions = try AKAFunctions()
        var usim = USIM(Lab.keys, highest: SequenceNumber(seq: 1_000_000, for: .ims))
        let stale = try #require(bench.mar()?.challenges.first)
        guard case .synchronisationFailure(let auts) = try usim.answer(rand: stale.rand, autn: stale.autn, functions)
        else { return #expect(Bool(false), "accepted") }
        let heard = stale.rand.octets + auts
        let last = { bench.hss.assumeIsolated { $0.directory[0]?.sequence.last ?? 0 } }
        var used: [UInt64] = []
        for authorization in [heard, nil, nil, heard, heard, heard, nil, heard, heard] {
            #expect(bench.mar(authorization: authorization)?.result == .base(.success))
            used.append(last())
        }
        #expect(used.first ?? 0 > 1_000_000 && used == used.sorted() && Set(used).count == used.count, "\(used)")
    }

    @Test("Deviation from TS 33.102 §6.3.5: a USIM that refuses the vector of a resynchronisation is followed back")
    func tighterUSIM() throws {
        let functions = try AKAFunctions()
        /// What a USIM says that has accepted `seq` and wants nothing above `seq` and a little.
        func refusal(of rand: Block128, seq: UInt64) throws -> [UInt8] {
            let sqn = SequenceNumber(seq: seq, for: .ims).value
            let concealed = UInt128(sqn ^ (try functions.f5star(Lab.keys, rand: rand)))
            let mac = UInt128(try functions.f1star(Lab.keys, rand: rand, sqn: sqn, amf: 0))
            return rand.octets + Block128(concealed << 80 | mac << 16).octets.prefix(14)
        }
        for _ in 0..<20 { #expect(bench.mar()?.result == .base(.success)) }
        let first = try #require(bench.mar()?.challenges.first)
        let second = try #require(bench.mar(authorization: try refusal(of: first.rand, seq: 5))?.challenges.first)
        #expect(bench.hss.assumeIsolated { $0.directory[0]?.sequence.last ?? 0 } > 20)
        #expect(bench.mar(authorization: try refusal(of: second.rand, seq: 5))?.result == .base(.success))
        #expect(bench.hss.assumeIsolated { $0.directory[0]?.sequence.last } == 6)
    }

    @Test(
        "TS 33.102 §6.3.5: a forged AUTS gets a vector and moves nothing; three in a row end it, a new attempt begins")
    func forgedAUTS() throws {
        let challenge = try #require(bench.mar()?.challenges.first)
        let forged = challenge.rand.octets + [UInt8](repeating: 0x5A, count: 14)
        var last = UInt64(0)
        for _ in 0..<3 {
            let answer = try #require(bench.mar(authorization: forged))
            #expect(answer.result == .base(.success))
            let number = bench.hss.assumeIsolated { $0.directory[0]?.sequence.last ?? 0 }
            #expect(number > last && number < 100)
            last = number
        }
        #expect(bench.mar(authorization: forged)?.result == .base(.unableToComply))
        #expect(bench.hssNode.log.count("AUTS has a wrong MAC-S") == 3)
        #expect(bench.mar()?.result == .base(.success))
        #expect(bench.mar(authorization: forged)?.result == .base(.success))
    }

    @Test("SIP Digest for a subscriber with a password; AKA is not supported there")
    func sipDigest() throws {
        func mar(_ scheme: String) -> DiameterMessage? {
            bench.exchange(CxCommands.multimediaAuth) {
                CxBench.fillMAR(&$0, impi: "alice@\(Lab.home)", impu: "sip:alice@\(Lab.home)", scheme: scheme)
            }
        }
        let item = try #require(mar("SIP Digest")?[Cx.sipAuthDataItem])
        #expect(item[Cx.sipDigestAuthenticate]?[Borrowed.digestRealm] == Lab.home)
        #expect(mar("Digest-AKAv1-MD5")?.result == .experimental(.authSchemeNotSupported))
    }

    @Test("TS 29.229 §7.1.1: a feature insisted on and not had is FEATURE_UNSUPPORTED, one merely offered is ignored")
    func features() throws {
        func ask(insisting: Bool) -> DiameterMessage? {
            bench.exchange(CxCommands.locationInfo) { message in
                message.add(Cx.publicIdentity, Lab.impu)
                let group = AVPGroup {
                    $0.add(Base.vendorID, Vendor.threeGPP.rawValue)
                    $0.add(Cx.featureListID, 1)
                    $0.add(Cx.featureList, 1)
                }
                message.add(
                    code: Cx.supportedFeatures.code, vendor: .threeGPP, flags: insisting ? [.v, .m] : [.v],
                    data: group.bytes)
            }
        }
        #expect(ask(insisting: false)?.result == .experimental(.identityNotRegistered))
        let refusal = try #require(ask(insisting: true))
        #expect(refusal.result == .experimental(.featureUnsupported))
        #expect(refusal[Cx.supportedFeatures]?[Cx.featureList] == 0)
    }

    @Test("Provisioning while the HSS runs: an added subscriber is served, a removed one is unknown")
    func provisioning() {
        let impi = "001010000000002@\(Lab.home)"
        #expect(bench.uar(impi, "tel:+15550000002")?.result == .experimental(.userUnknown))
        let id = store.add(Lab.neighbour)
        bench.world.advance(milliseconds: 1_100)
        #expect(bench.uar(impi, "tel:+15550000002")?.result == .experimental(.firstRegistration))
        store.remove(id: id)
        bench.world.advance(milliseconds: 1_100)
        #expect(bench.uar(impi, "tel:+15550000002")?.result == .experimental(.userUnknown))
    }

    @Test("Secrets do not reach the log")
    func secrets() {
        _ = bench.mar()
        _ = bench.mar(authorization: [UInt8](repeating: 1, count: 30))
        let log = bench.hssNode.log.lines.map(\.description).joined()
        for secret in ["465b5ce8", "cd63cb71", "93568", "70, 91, 92"] { #expect(!log.contains(secret)) }
    }

    @Test("Draining ends with no timer, connection or change left")
    func drain() {
        #expect(bench.sar(.userDeregistration)?.result == .base(.success))
        #expect(bench.mar()?.result == .base(.success))
        bench.hss.assumeIsolated { $0.drain() }
        bench.world.advance(milliseconds: 10_000)
        #expect(store.registration(of: 1)?.serverName == Lab.server)
        #expect(bench.hss.assumeIsolated { $0.isDrained })
        #expect(bench.hssNode.timers.running == 0)
    }

    @Test("Reports: counts and registered users")
    func reports() {
        _ = bench.sar(.registration)
        let status = bench.hss.assumeIsolated { $0.snapshot(.status) }
        guard case .object(let rows) = status else { return #expect(Bool(false), "no object") }
        #expect(rows.first { $0.key == "subscribers" }?.value == .number(2))
        #expect(rows.first { $0.key == "registered" }?.value == .number(1))
        guard case .list(let registrations) = bench.hss.assumeIsolated({ $0.snapshot(.registrations) }) else { return }
        #expect(registrations.count == 1)
    }
}
