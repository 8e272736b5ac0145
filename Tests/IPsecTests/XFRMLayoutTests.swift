import CLinux
import IPsec
import Testing

/// The bytes of our XFRM messages against the structs of the system's linux/xfrm.h.
@Suite("XFRM messages") struct XFRMLayoutTests {
    private static let ours = HostAddress(isV6: false, high: 0, low: 0x0A2D_0001)
    private static let theirs = HostAddress(isV6: false, high: 0, low: 0x0A2D_0002)
    private static let selector = XFRMSelector(
        source: theirs, sourcePort: 0x1122, destination: ours, destinationPort: 0x3344, owner: 0x5566_7788)

    private func layout(_ what: String) -> Int { Int(truncatingIfNeeded: linux_xfrm_layout(what)) }

    @Test(
        "linux/xfrm.h: sizes and numbers",
        arguments: [
            ("xfrm_selector", XFRM.selectorLength), ("xfrm_usersa_info", XFRM.stateLength),
            ("xfrm_usersa_id", XFRM.stateIDLength), ("xfrm_userpolicy_info", XFRM.policyLength),
            ("xfrm_userpolicy_id", XFRM.policyIDLength), ("xfrm_user_tmpl", XFRM.templateLength),
            ("xfrm_user_expire.hard", XFRM.stateLength), ("XFRM_MSG_NEWSA", Int(XFRM.newState)),
            ("XFRM_MSG_DELSA", Int(XFRM.deleteState)), ("XFRM_MSG_GETSA", Int(XFRM.getState)),
            ("XFRM_MSG_NEWPOLICY", Int(XFRM.newPolicy)), ("XFRM_MSG_DELPOLICY", Int(XFRM.deletePolicy)),
            ("XFRM_MSG_GETPOLICY", Int(XFRM.getPolicy)), ("XFRM_MSG_EXPIRE", Int(XFRM.expire)),
            ("XFRM_MSG_NEWSADINFO", Int(XFRM.newStateInfo)), ("XFRM_MSG_GETSADINFO", Int(XFRM.getStateInfo)),
            ("XFRM_MSG_NEWSPDINFO", Int(XFRM.newPolicyInfo)), ("XFRM_MSG_GETSPDINFO", Int(XFRM.getPolicyInfo)),
            ("XFRMA_SAD_CNT", Int(XFRM.stateCount)), ("XFRMA_SPD_INFO", Int(XFRM.policyCounts)),
            ("XFRM_MSG_UPDPOLICY", Int(XFRM.updatePolicy)), ("XFRMA_ALG_CRYPT", Int(XFRM.algorithmCrypt)),
            ("XFRMA_ALG_AUTH", Int(XFRM.algorithmAuth)),
            ("XFRMA_TMPL", Int(XFRM.template)), ("XFRMA_ALG_AEAD", Int(XFRM.algorithmAEAD)),
            ("XFRMA_ALG_AUTH_TRUNC", Int(XFRM.algorithmAuthTruncated)), ("XFRMNLGRP_EXPIRE", Int(XFRM.expiryGroup)),
            ("XFRM_MODE_TRANSPORT", 0), ("XFRM_POLICY_IN", Int(XFRMPolicy.Direction.in.rawValue)),
            ("XFRM_POLICY_OUT", Int(XFRMPolicy.Direction.out.rawValue)),
            ("XFRM_POLICY_FWD", Int(XFRMPolicy.Direction.forward.rawValue)), ("XFRM_POLICY_BLOCK", 1),
            ("XFRM_POLICY_ICMP", Int(XFRM.coversErrors)),
        ])
    func numbers(name: String, value: Int) {
        #expect(layout(name) == value)
    }

    @Test("xfrm_selector and xfrm_usersa_info: each field where the header has it")
    func state() throws {
        let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
        let keys = SAKeys(integrity: Array(repeating: 0xAA, count: 20), encryption: Array(repeating: 0xBB, count: 16))
        let state = XFRMState(
            selector: Self.selector, spi: 0x0102_0304, requestID: 0x1234_5678, suite: suite, keys: keys)
        let bytes = XFRMRequest.addState(state).bytes(sequence: 9)
        #expect(number(bytes, 0, as: UInt32.self) == UInt32(bytes.count))
        #expect(number(bytes, 4, as: UInt16.self) == XFRM.newState && number(bytes, 8, as: UInt32.self) == 9)
        let body = Array(bytes.dropFirst(16))
        func at(_ field: String, in outer: String? = nil) -> Int { layout(field) + (outer.map(layout) ?? 0) }
        #expect(Array(body[0..<4]) == [10, 45, 0, 1])
        #expect(Array(body[at("xfrm_selector.saddr")...].prefix(4)) == [10, 45, 0, 2])
        #expect(Array(body[at("xfrm_selector.dport")...].prefix(4)) == [0x33, 0x44, 0xFF, 0xFF])
        #expect(Array(body[at("xfrm_selector.sport")...].prefix(4)) == [0x11, 0x22, 0xFF, 0xFF])
        #expect(number(body, at("xfrm_selector.family"), as: UInt16.self) == 2)
        #expect(body[at("xfrm_selector.prefixlen_d")] == 32 && body[at("xfrm_selector.prefixlen_s")] == 32)
        #expect(body[at("xfrm_selector.proto")] == 0)
        #expect(number(body, at("xfrm_selector.user"), as: UInt32.self) == 0x5566_7788)
        let id = at("xfrm_usersa_info.id")
        #expect(Array(body[id...].prefix(4)) == [10, 45, 0, 1])
        #expect(Array(body[(id + 16)...].prefix(5)) == [1, 2, 3, 4, 50])
        #expect(Array(body[at("xfrm_usersa_info.saddr")...].prefix(4)) == [10, 45, 0, 2])
        let limits = at("xfrm_usersa_info.lft")
        for field in ["soft_byte_limit", "hard_byte_limit", "soft_packet_limit"] {
            #expect(number(body, at("xfrm_lifetime_cfg.\(field)") + limits, as: UInt64.self) == .max)
        }
        #expect(number(body, at("xfrm_lifetime_cfg.hard_packet_limit") + limits, as: UInt64.self) == 0xFFFF_FFFF)
        for field in ["soft_add", "hard_add", "soft_use", "hard_use"] {
            #expect(number(body, at("xfrm_lifetime_cfg.\(field)_expires_seconds") + limits, as: UInt64.self) == 0)
        }
        #expect(number(body, at("xfrm_usersa_info.reqid"), as: UInt32.self) == 0x1234_5678)
        #expect(number(body, at("xfrm_usersa_info.family"), as: UInt16.self) == 2)
        #expect(body[at("xfrm_usersa_info.mode")] == 0 && body[at("xfrm_usersa_info.replay_window")] == 32)
        let attributes = Array(body[XFRM.stateLength...])
        #expect(number(attributes, 2, as: UInt16.self) == XFRM.algorithmAuthTruncated)
        #expect(String(decoding: attributes[4..<14], as: UTF8.self) == "hmac(sha1)")
        #expect(number(attributes, 4 + 64, as: UInt32.self) == 160)
        #expect(number(attributes, 4 + layout("xfrm_algo_auth.alg_trunc_len"), as: UInt32.self) == 96)
        #expect(attributes[4 + layout("xfrm_algo_auth.alg_trunc_len") + 4] == 0xAA)
    }

    @Test(
        "XFRM names and key lengths of each suite",
        arguments: [
            ("hmac-md5-96/null", ["hmac(md5)", "ecb(cipher_null)"]),
            ("hmac-sha-1-96/des-ede3-cbc", ["hmac(sha1)", "cbc(des3_ede)"]),
            ("null/aes-gcm", ["rfc4106(gcm(aes))"]), ("aes-gmac/null", ["rfc4543(gcm(aes))"]),
        ])
    func algorithms(suite: String, names: [String]) throws {
        let state = XFRMState(
            selector: Self.selector, spi: 70_000, requestID: 1, suite: try #require(IPsecSuite(suite)),
            keys: SAKeys(integrity: [], encryption: []))
        var attributes = XFRMRequest.addState(state).bytes(sequence: 1).dropFirst(16 + XFRM.stateLength)
        var found: [String] = []
        while attributes.count >= 4 {
            let length = Int(number(Array(attributes), 0, as: UInt16.self))
            found.append(String(decoding: attributes.dropFirst(4).prefix { $0 != 0 }, as: UTF8.self))
            attributes = attributes.dropFirst((length + 3) / 4 * 4)
        }
        #expect(found == names)
    }

    @Test("xfrm_userpolicy_info and its template: each field where the header has it")
    func policy() {
        let policy = XFRMPolicy(selector: Self.selector, direction: .out, action: .protect(requestID: 77))
        let body = Array(XFRMRequest.addPolicy(policy).bytes(sequence: 1).dropFirst(16))
        #expect(number(body, layout("xfrm_userpolicy_info.priority"), as: UInt32.self) == 1_000)
        let packets = layout("xfrm_userpolicy_info.lft") + layout("xfrm_lifetime_cfg.hard_packet_limit")
        #expect(number(body, packets, as: UInt64.self) == .max)
        #expect(body[layout("xfrm_userpolicy_info.dir")] == 1 && body[layout("xfrm_userpolicy_info.action")] == 0)
        #expect(body[layout("xfrm_userpolicy_info.flags")] == XFRM.coversErrors)
        let template = Array(body[(XFRM.policyLength + 4)...])
        #expect(template.count == XFRM.templateLength)
        #expect(Array(template[0..<4]) == [10, 45, 0, 1] && template[20] == 50)
        #expect(Array(template[layout("xfrm_user_tmpl.saddr")...].prefix(4)) == [10, 45, 0, 2])
        #expect(number(template, layout("xfrm_user_tmpl.reqid"), as: UInt32.self) == 77)
        #expect(template[layout("xfrm_user_tmpl.mode")] == 0)
        #expect(number(template, layout("xfrm_user_tmpl.aalgos"), as: UInt32.self) == .max)
        let block = XFRMPolicy(
            selector: XFRMSelector(
                source: .any(isV6: false), sourcePort: 0, destination: Self.ours, destinationPort: 5066, owner: 1,
                isFromAnywhere: true), direction: .in, action: .block)
        let blocking = Array(XFRMRequest.addPolicy(block).bytes(sequence: 1).dropFirst(16))
        #expect(blocking.count == XFRM.policyLength)
        #expect(blocking[layout("xfrm_userpolicy_info.action")] == 1)
        #expect(blocking[layout("xfrm_selector.prefixlen_s")] == 0)
        #expect(blocking[layout("xfrm_selector.prefixlen_d")] == 32)
        #expect(Array(blocking[layout("xfrm_selector.sport")...].prefix(4)) == [0, 0, 0, 0])
        #expect(number(blocking, layout("xfrm_userpolicy_info.priority"), as: UInt32.self) == 2_000)
    }

    private func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: [UInt8], _ offset: Int, as type: Number.Type
    ) -> Number {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }
}
