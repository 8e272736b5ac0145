import AKA
import Diameter
import LabHarness

/// A Multimedia-Auth request and answer, both ways (TS 29.229 §6.1.7 and §6.1.8).
enum DiameterBenches {
    static func run() throws -> [Cost] {
        let request = mar()
        let requestBytes = request.encode()
        let answerBytes = maa(to: request).encode()
        return [
            Measure.cost("Diameter: encode MAR (\(requestBytes.count) octets)", times: 20_000) { mar().encode().count },
            try Measure.cost("Diameter: decode and check MAR, read what the HSS reads", times: 20_000) {
                let (message, faults) = try DiameterMessage.decode(requestBytes)
                let item = message[Cx.sipAuthDataItem]
                return (message[Cx.publicIdentity]?.utf8.count ?? 0) + (message[Base.userName]?.utf8.count ?? 0)
                    + (item?[Cx.sipAuthenticationScheme]?.utf8.count ?? 0) + faults.count
            },
            Measure.cost("Diameter: encode MAA (\(answerBytes.count) octets)", times: 20_000) {
                maa(to: request).encode().count
            },
            try Measure.cost("Diameter: decode and check MAA, read the vector", times: 20_000) {
                let (message, faults) = try DiameterMessage.decode(answerBytes)
                let item = message[Cx.sipAuthDataItem]
                return (item?[Cx.sipAuthenticate]?.count ?? 0) + (item?[Cx.sipAuthorization]?.count ?? 0)
                    + (item?[Cx.confidentialityKey]?.count ?? 0) + (item?[Cx.integrityKey]?.count ?? 0) + faults.count
            },
            Measure.cost("cross-target: command code of a message", times: 1_000_000) { Int(request.command) },
        ]
    }

    private static func mar() -> DiameterMessage {
        DiameterClient.multimediaAuthRequest(Subscriber(number: 1), from: "scscf.\(Subscriber.domain)", id: 7)
    }

    private static func maa(to request: DiameterMessage) -> DiameterMessage {
        var message = request.answer(
            .success, from: DiameterOrigin(host: "hss.\(Subscriber.domain)", realm: Subscriber.domain))
        message.copy(Base.userName, from: request)
        message.copy(Cx.publicIdentity, from: request)
        message.add(Cx.sipNumberAuthItems, 1)
        message.add(
            Cx.sipAuthDataItem,
            AVPGroup {
                $0.add(Cx.sipItemNumber, 1)
                $0.add(Cx.sipAuthenticationScheme, "Digest-AKAv1-MD5")
                $0.add(Cx.sipAuthenticate, [UInt8](repeating: 0xa5, count: 32))
                $0.add(Cx.sipAuthorization, [UInt8](repeating: 0x5a, count: 8))
                $0.add(Cx.confidentialityKey, [UInt8](repeating: 0xc3, count: 16))
                $0.add(Cx.integrityKey, [UInt8](repeating: 0x3c, count: 16))
            })
        return message
    }
}

/// Milenage and the digest over it.
enum AKABenches {
    static func run() throws -> [Cost] {
        let functions = try AKAFunctions()
        let digests = try Digests()
        let keys = AKAKeys(
            algorithm: .milenage, k: Block128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff),
            opc: Block128(0xffee_ddcc_bbaa_9988_7766_5544_3322_1100), amf: 0x3939)
        var seq: UInt64 = 1
        let text = [UInt8](repeating: 0x61, count: 101)
        return [
            try Measure.cost("AKA: a Milenage vector", times: 20_000) {
                seq += 1
                return try functions.vector(keys, rand: Block128(UInt128(seq)), seq: seq, for: .ims).xres.count
            },
            Measure.cost("AKA: MD5 of 101 octets", times: 50_000) { digests.md5(text).count },
        ]
    }
}
