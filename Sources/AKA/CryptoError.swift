/// OpenSSL could not do what was asked: an algorithm is missing (MD5 in FIPS mode) or memory ran out.
///
/// In an HSS this is DIAMETER_UNABLE_TO_COMPLY, never an error of the user.
public struct CryptoError: Error, Equatable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// OpenSSL does not provide the algorithm in its present configuration.
        case unavailable
        /// An operation that cannot fail with sound memory failed.
        case failed
    }

    public var code: Code
    public var detail: String

    init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The random source gave no RAND, or the instance has not been started.
    public static let noRandomness = CryptoError(.failed, "no random challenge could be made")

    public var description: String { detail }
    public static func == (a: CryptoError, b: CryptoError) -> Bool { a.code == b.code }
}
