/// Why the kernel refused, or could not be asked.
public struct XFRMFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Equatable, Sendable {
        /// EPERM: CAP_NET_ADMIN is missing.
        case notPermitted
        /// EEXIST: the SPI or the selector is taken.
        case exists
        /// ESRCH, ENOENT: it is not there.
        case absent
        /// EPROTONOSUPPORT: the kernel lacks ESP; ENOSYS, or ENOENT to a new state: an algorithm; EAFNOSUPPORT: IPv6.
        case unsupported
        case other
    }

    public var kind: Kind
    /// `errno`.
    public var code: Int32
    /// The kernel's words, or else the C library's.
    public var text: String

    public init(_ kind: Kind, code: Int32, text: String) {
        self.kind = kind
        self.code = code
        self.text = text
    }

    public var description: String { cure.map { "\(text) – \($0)" } ?? text }

    /// What an operator can do.
    public var cure: String? {
        switch kind {
        case .notPermitted: "give the process CAP_NET_ADMIN (the unit of the P-CSCF has it), or write `security: off`"
        case .unsupported:
            "load the modules xfrm_user, esp4, esp6, authenc and those of the algorithms (cbc, md5, des_generic, gcm), "
                + "on the host if this is a container"
        case .exists, .absent, .other: nil
        }
    }
}
