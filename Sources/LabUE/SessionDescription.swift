/// A minimal session description (RFC 4566, RFC 3264): one audio stream, offered or answered. No media flows; the ports
/// named are not bound.
enum SessionDescription {
    static let contentType = "application/sdp"

    /// What a description says of QoS preconditions (RFC 3312 §4), as IR.92 §2.4 has phones say it.
    struct QoS {
        var isReserved: Bool
        var peerIsReserved: Bool

        /// An answer makes both wishes mandatory, and asks to be told what is not met yet (§5.1.1, §7).
        func lines(isAnswer: Bool) -> [String] {
            let confirm = isAnswer && !peerIsReserved ? ["a=conf:qos remote sendrecv"] : []
            return [
                "a=curr:qos local \(isReserved ? "sendrecv" : "none")",
                "a=curr:qos remote \(peerIsReserved ? "sendrecv" : "none")", "a=des:qos mandatory local sendrecv",
                "a=des:qos \(isAnswer ? "mandatory" : "none") remote sendrecv",
            ] + confirm
        }
    }

    /// AMR at 12.2 kbit/s and G.711, as TS 26.114 and every soft phone have one of them.
    static func offer(
        host: String, isV6: Bool, port: Int, session: UInt64, version: Int, _ qos: QoS? = nil
    ) -> [UInt8] {
        let media =
            [
                "m=audio \(port) RTP/AVP 96 0", "a=rtpmap:96 AMR/8000/1",
                "a=fmtp:96 mode-change-capability=2;max-red=0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv",
            ] + (qos?.lines(isAnswer: false) ?? [])
        return write(host: host, isV6: isV6, session: session, version: version, media)
    }

    /// RFC 3264 §6: each stream of the offer in its place; the first audio stream is taken with its first format, every
    /// other one refused with port 0. A hold is answered in kind (§8.4).
    static func answer(
        to offer: ArraySlice<UInt8>, host: String, isV6: Bool, port: Int, session: UInt64, version: Int,
        _ qos: QoS? = nil
    ) -> [UInt8] {
        var media: [String] = []
        var isTaken = false
        var taken: Substring?
        for line in lines(offer) {
            if line.hasPrefix("m=") {
                let parts = line.dropFirst(2).split(separator: " ")
                taken = nil
                guard parts.count >= 4 else { continue }
                let takes = parts[0] == "audio" && !isTaken && parts[1] != "0"
                media.append("m=\(parts[0]) \(takes ? port : 0) \(parts[2]) \(parts[3])")
                if takes {
                    isTaken = true
                    taken = parts[3]
                    media += qos?.lines(isAnswer: true) ?? []
                }
            } else if let format = taken, let kept = attribute(line, format) {
                media.append(kept)
            }
        }
        return write(host: host, isV6: isV6, session: session, version: version, media)
    }

    /// What of an offered stream's attributes goes into the answer.
    private static func attribute(_ line: String, _ format: Substring) -> String? {
        if line.hasPrefix("a=rtpmap:\(format) ") || line.hasPrefix("a=fmtp:\(format) ") { return line }
        switch line {
        case "a=sendonly": return "a=recvonly"
        case "a=recvonly": return "a=sendonly"
        case "a=inactive", "a=sendrecv": return line
        default: return nil
        }
    }

    private static func lines(_ body: ArraySlice<UInt8>) -> [String] {
        body.split(separator: 0x0A).map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) }
    }

    private static func write(host: String, isV6: Bool, session: UInt64, version: Int, _ media: [String]) -> [UInt8] {
        let address = "IN \(isV6 ? "IP6" : "IP4") \(host)"
        let head = ["v=0", "o=- \(session) \(version) \(address)", "s=-", "c=\(address)", "t=0 0"]
        return Array(((head + media).joined(separator: "\r\n") + "\r\n").utf8)
    }
}
