import IMSCore
import RoleKit
import SIP
import Testing

@testable import SCSCF

/// REGISTERs as the S-CSCF gets them, and bindings it has.
enum RegisterFixture {
    static let interval = RegistrationInterval(minimum: 60, maximum: 7_200, standard: 3_600)
    static let impi = "001010000000001@ims.test"

    static func message(_ headers: String, to: String = "<sip:001010000000001@ims.test>") throws -> SIPMessage {
        let text =
            "REGISTER sip:ims.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
            + "From: <sip:001010000000001@ims.test>;tag=1\r\nTo: \(to)\r\nCall-ID: call\r\nCSeq: 7 REGISTER\r\n"
            + headers + "Content-Length: 0\r\n\r\n"
        return try SIPMessage(Array(text.utf8))
    }

    static func request(_ headers: String, callID: String = "call", cseq: UInt32 = 7) throws -> RegisterRequest {
        var request = try RegisterRequest(try message(headers))
        request.callID = callID
        request.cseq = cseq
        return request
    }

    static func binding(
        _ serial: UInt64, _ uri: String, impi: String = impi, callID: String = "old", cseq: UInt32 = 1,
        flow: OutboundFlow? = nil, neighbour: SocketAddress? = nil
    ) throws -> Binding {
        Binding(
            serial: serial, impi: try #require(IMPI(impi)), address: NameAddress(uri: try AnyURI(parsing: uri)),
            flow: flow,
            path: [], neighbour: neighbour, callID: callID, cseq: cseq, expiry: Moment(nanoseconds: 0),
            timer: TimerID(raw: 0))
    }
}
