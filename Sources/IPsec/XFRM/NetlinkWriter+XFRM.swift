/// The structs of linux/xfrm.h, field by field.
extension NetlinkWriter {
    /// `struct xfrm_selector`
    mutating func selector(_ selector: XFRMSelector) {
        address(selector.destination)
        address(selector.source)
        for port in [selector.destinationPort, selector.sourcePort] {
            network(port)
            number(port == 0 ? UInt16(0) : 0xFFFF)
        }
        number(family(selector.destination))
        let whole: UInt8 = selector.destination.isV6 ? 128 : 32
        number(selector.isToAnywhere ? UInt8(0) : whole)
        number(selector.isFromAnywhere ? UInt8(0) : whole)
        number(UInt8(0))  // Protocol: UDP and TCP alike.
        zeros(3)
        number(UInt32(0))  // Interface: any.
        number(selector.owner)
    }

    /// `struct xfrm_usersa_info` and the algorithms
    mutating func state(_ state: XFRMState) {
        selector(state.selector)
        stateID(of: state.spi, state.selector.destination)
        address(state.selector.source)
        lifetime(maximumPackets: state.maximumPackets)
        zeros(32)  // Current lifetime.
        zeros(12)  // Statistics.
        number(UInt32(0))  // Sequence of an acquire.
        number(state.requestID)
        number(family(state.selector.destination))
        number(UInt8(0))  // Transport mode.
        number(XFRMState.replayWindow)
        number(UInt8(0))  // Flags.
        zeros(7)
        algorithms(state.suite, state.keys)
    }

    private mutating func algorithms(_ suite: IPsecSuite, _ keys: SAKeys) {
        switch (suite.integrity, suite.encryption) {
        case (.aesGMAC, _): aead("rfc4543(gcm(aes))", keys.integrity)
        case (_, .aesGCM): aead("rfc4106(gcm(aes))", keys.encryption)
        default:
            authentication(suite.integrity == .hmacMD5 ? "hmac(md5)" : "hmac(sha1)", keys.integrity)
            cipher(Self.cipherName(suite.encryption), keys.encryption)
        }
    }

    private static func cipherName(_ algorithm: EncryptionAlgorithm) -> String {
        switch algorithm {
        case .null, .aesGCM: "ecb(cipher_null)"
        case .aesCBC: "cbc(aes)"
        case .desEDE3CBC: "cbc(des3_ede)"
        }
    }

    /// `struct xfrm_algo_aead`
    private mutating func aead(_ name: String, _ key: SecretOctets) {
        attribute(XFRM.algorithmAEAD) { $0.algorithm(name, key, checkBits: 128) }
    }

    /// `struct xfrm_algo_auth`: the kernel's own default would be right for both, but is its to change.
    private mutating func authentication(_ name: String, _ key: SecretOctets) {
        attribute(XFRM.algorithmAuthTruncated) { $0.algorithm(name, key, checkBits: 96) }
    }

    /// `struct xfrm_algo`
    private mutating func cipher(_ name: String, _ key: SecretOctets) {
        attribute(XFRM.algorithmCrypt) { $0.algorithm(name, key, checkBits: nil) }
    }

    private mutating func algorithm(_ name: String, _ key: SecretOctets, checkBits: UInt32?) {
        let start = bytes.count
        for octet in name.utf8.prefix(63) { number(octet) }
        zeros(64 - (bytes.count - start))
        number(UInt32(key.count * 8))
        if let checkBits { number(checkBits) }
        bytes(of: key)
    }

    /// `struct xfrm_usersa_id`
    mutating func stateID(_ id: XFRMState.ID) {
        address(id.destination)
        network(id.spi)
        number(family(id.destination))
        number(XFRM.esp)
        zeros(1)
    }

    /// `struct xfrm_id`
    private mutating func stateID(of spi: UInt32, _ destination: HostAddress) {
        address(destination)
        network(spi)
        number(XFRM.esp)
        zeros(3)
    }

    /// `struct xfrm_userpolicy_info` and the template
    mutating func policy(_ policy: XFRMPolicy) {
        selector(policy.selector)
        lifetime()
        zeros(32)  // Current lifetime.
        number(policy.priority)
        number(UInt32(0))  // Index: the kernel's to give.
        number(policy.direction.rawValue)
        number(policy.action == .block ? XFRM.block : 0)
        // An ICMP error quotes the packet it is about: what came protected goes back so, or not at all (port
        // unreachable while no P-CSCF runs would tell it in the clear).
        number(policy.direction == .out ? XFRM.coversErrors : 0)
        zeros(5)  // Share, padding.
        if case .protect(let requestID) = policy.action {
            attribute(XFRM.template) { $0.template(requestID, policy.selector) }
        }
    }

    /// `struct xfrm_user_tmpl`: ESP in transport mode with the state of this request ID, whatever its algorithms.
    private mutating func template(_ requestID: UInt32, _ selector: XFRMSelector) {
        stateID(of: 0, selector.destination)
        number(family(selector.destination))
        zeros(2)
        address(selector.source)
        number(requestID)
        zeros(4)  // Transport mode, share, not optional, padding.
        for _ in 0..<3 { number(UInt32.max) }
    }

    /// `struct xfrm_userpolicy_id`
    mutating func policyID(_ selector: XFRMSelector, _ direction: XFRMPolicy.Direction) {
        self.selector(selector)
        number(UInt32(0))
        number(direction.rawValue)
        zeros(3)
    }

    /// `struct xfrm_lifetime_cfg`: a hard limit of packets. Others there are none: times are the SA-set machine's.
    private mutating func lifetime(maximumPackets: UInt64 = .max) {
        for _ in 0..<3 { number(UInt64.max) }
        number(maximumPackets)
        zeros(32)
    }

    private func family(_ address: HostAddress) -> UInt16 { address.isV6 ? XFRM.familyV6 : XFRM.familyV4 }
}
