/// Identities of one user that mean the same person, TS 23.228 §4.3.3.4 and TS 29.228 §6.6.
extension UserProfile {
    /// The usable identities that are aliases of this one: of the same alias group where the HSS says groups, else of
    /// the same service profile. The identity itself is not among them.
    public func aliases(of impu: IMPU) -> [PublicIdentity] {
        guard let own = entry(of: impu),
            let profile = serviceProfiles.first(where: { $0.publicIdentities.contains(own) })
        else { return [] }
        let candidates = own.aliasIdentityGroupID == nil ? profile.publicIdentities : publicIdentities
        return candidates.filter {
            !$0.isBarred && $0.aliasIdentityGroupID == own.aliasIdentityGroupID && IMPU($0.identity) != impu
        }
    }

    /// The other form of an asserted identity, TS 24.229 §5.4.3.2: a tel URI for a SIP URI, a SIP URI for a tel URI.
    ///
    /// A SIP URI that bears the number itself goes before one that does not.
    public func counterpart(of impu: IMPU) -> PublicIdentity? {
        let others = aliases(of: impu).filter { (IMPU($0.identity)?.kind == .tel) != (impu.kind == .tel) }
        let number = Self.number(in: impu)
        return others.first { IMPU($0.identity).flatMap(Self.number) == number && number != nil } ?? others.first
    }

    /// The number an identity bears: of a tel URI, or the user part of `sip:+…`.
    private static func number(in impu: IMPU) -> E164Number? {
        let colon = impu.text.firstIndex(of: ":") ?? impu.text.startIndex
        let rest = impu.text[colon...].dropFirst()
        return E164Number(global: String(rest.prefix { $0 != "@" && $0 != ";" }))
    }
}
