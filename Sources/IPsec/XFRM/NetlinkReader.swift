/// Reads the messages of a datagram, each within its own bounds.
struct NetlinkReader {
    struct Message {
        var type: UInt16
        var flags: UInt16
        var sequence: UInt32
        var body: Body
    }

    private var rest: UnsafeRawBufferPointer

    init(_ memory: UnsafeRawBufferPointer) { rest = memory }

    mutating func next() -> Message? {
        let head = Body(rest)
        guard let length: UInt32 = head.number(at: 0), length >= Netlink.headerLength, length <= rest.count,
            let type: UInt16 = head.number(at: 4), let flags: UInt16 = head.number(at: 6),
            let sequence: UInt32 = head.number(at: 8)
        else { return nil }
        let body = Body(UnsafeRawBufferPointer(rebasing: rest[Netlink.headerLength..<Int(length)]))
        rest = UnsafeRawBufferPointer(rebasing: rest[min(rest.count, (Int(length) + 3) / 4 * 4)...])
        return Message(type: type, flags: flags, sequence: sequence, body: body)
    }

    /// Part of a message.
    struct Body {
        private let memory: UnsafeRawBufferPointer

        init(_ memory: UnsafeRawBufferPointer) { self.memory = memory }

        var count: Int { memory.count }

        /// In host order; nil beyond the end.
        func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number? {
            guard offset >= 0, offset + MemoryLayout<Number>.size <= memory.count else { return nil }
            return memory.loadUnaligned(fromByteOffset: offset, as: Number.self)
        }

        /// Up to the first zero.
        var text: String { String(decoding: memory.prefix { $0 != 0 }, as: UTF8.self) }

        /// The first attribute of this type among those that begin at `offset`.
        func attribute(_ type: UInt16, from offset: Int) -> Body? {
            var offset = offset
            while let length: UInt16 = number(at: offset), let found: UInt16 = number(at: offset + 2) {
                guard length >= 4, offset + Int(length) <= memory.count else { return nil }
                if found & 0x3FFF == type {
                    return Body(UnsafeRawBufferPointer(rebasing: memory[offset + 4..<offset + Int(length)]))
                }
                offset += (Int(length) + 3) / 4 * 4
            }
            return nil
        }

        func address(at offset: Int, _ family: UInt16) -> HostAddress? {
            if family == XFRM.familyV6, let high: UInt64 = number(at: offset), let low: UInt64 = number(at: offset + 8)
            {
                return HostAddress(isV6: true, high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
            }
            guard family != XFRM.familyV6, let word: UInt32 = number(at: offset) else { return nil }
            return HostAddress(isV6: false, high: 0, low: UInt64(UInt32(bigEndian: word)))
        }

        /// Family of a `struct xfrm_usersa_info`.
        var stateFamily: UInt16? { number(at: 212) }

        /// `struct xfrm_selector`
        func selector(at offset: Int) -> XFRMSelector? {
            guard let family: UInt16 = number(at: offset + 40), let destination = address(at: offset, family),
                let source = address(at: offset + 16, family), let destinationPort: UInt16 = number(at: offset + 32),
                let sourcePort: UInt16 = number(at: offset + 36), let destinationBits: UInt8 = number(at: offset + 42),
                let sourceBits: UInt8 = number(at: offset + 43), let owner: UInt32 = number(at: offset + 52)
            else { return nil }
            return XFRMSelector(
                source: source, sourcePort: UInt16(bigEndian: sourcePort), destination: destination,
                destinationPort: UInt16(bigEndian: destinationPort), owner: owner, isFromAnywhere: sourceBits == 0,
                isToAnywhere: destinationBits == 0)
        }
    }
}
