import Foundation

/// A lab subscriber by number (from 1), with the same identities and keys as `imsbox` seeds and the peers' load drivers use.
package struct Subscriber {
    package static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    package static let operatorKey = "imscoreTestOP001"
    /// The AMF of the lab's cards as sipp writes it; as bytes 0x3939.
    package static let amf = "99"

    package let number: Int

    package init(number: Int) {
        self.number = number
    }

    package var imsi: String { "00101" + Self.digits(number, 10) }
    package var msisdn: String { "1555" + Self.digits(number, 7) }
    package var impi: String { "\(imsi)@\(Self.domain)" }
    package var impu: String { "sip:\(imsi)@\(Self.domain)" }
    /// K as text: sipp 3.6.1 takes keys only as printable characters.
    package var key: String { "aka" + Self.digits(number, 13) }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func hex(_ text: String) -> String {
        text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The subscriber file `imsbox subscriber import` reads; `op` in place of `opc`, columns in another order.
    package static func importFile(_ numbers: ClosedRange<Int>) -> String {
        var text = "imsi,k,op,amf,sqn,algorithm,msisdn\n"
        for subscriber in numbers.map(Subscriber.init) {
            let row = [
                subscriber.imsi, hex(subscriber.key), hex(operatorKey), hex(amf), "000000000000", "milenage",
                subscriber.msisdn,
            ]
            text += row.joined(separator: ",") + "\n"
        }
        return text
    }
}
