public import AKA
import GRDB
import HSS

extension HSSDatabase {
    /// Fills an empty database with the laboratory's test subscribers: IMSI 00101 and ten digits of the number, MSISDN
    /// 1555 and seven, K "aka" and thirteen (as ASCII), OP "imscoreTestOP001", AMF 3939. Returns how many were added: none
    /// if any subscriber exists.
    @discardableResult
    public func seedLab(count: Int) throws(ProvisioningError) -> Int {
        do {
            let functions = try AKAFunctions()
            return try queue.write { db in
                guard try Int.fetchOne(db, sql: "SELECT count(*) FROM subscriber") == 0 else { return 0 }
                var writer = try ProvisioningWriter(db)
                for number in 1...max(1, count) {
                    try writer.add(try LabSubscriber.number(number, functions), replacing: false)
                }
                try writer.finish()
                return max(1, count)
            }
        } catch {
            throw ProvisioningError(error, path: path)
        }
    }
}

/// The laboratory's test subscribers, the same that the test drivers know.
public enum LabSubscriber {
    static let op = Array("imscoreTestOP001".utf8)
    static let amf: UInt16 = 0x3939

    /// Test subscriber `number`, from 1.
    public static func number(_ number: Int, _ functions: AKAFunctions) throws -> NewSubscriber {
        func padded(_ digits: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        guard let k = Block128(Array("aka\(padded(13))".utf8)), let op = Block128(op),
            let imsi = Digits("00101\(padded(10))"), let msisdn = Digits("1555\(padded(7))")
        else {
            throw ProvisioningError(.invalid, "there is no test subscriber \(number)", cure: "count from 1")
        }
        let keys = AKAKeys(algorithm: .milenage, k: k, opc: try functions.opc(k: k, op: op), amf: amf)
        return NewSubscriber(Subscriber(imsi: imsi, msisdn: msisdn, authentication: .aka(keys)))
    }
}
