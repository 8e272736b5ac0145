/// What an instance finds again when it starts anew: named values, written down as they change.
///
/// A value kept before the process dies, however it dies, is there afterwards; after a power failure the latest may be
/// missing. `keep` never blocks for long and never fails: trouble is logged once by the port. Never a secret (K, OPc, CK,
/// IK, RES): what is kept lies in a file as it is.
public protocol StatePort: AnyObject, Sendable {
    /// Writes a value down in the place of the one before; nil strikes it out.
    func keep(_ key: String, _ value: Report?)
    /// Everything kept, by key; asked once, at the start.
    func kept() -> [String: Report]
}
