/// Reading and writing AVP headers. RFC 6733 §4.1
@usableFromInline enum AVPScan {
    /// The AVP at `offset` of a container that ends at `end`; nil where header or length does not fit.
    ///
    /// The padding of a group's last AVP may be missing: some peers leave it out, and nothing is lost.
    @inlinable static func place(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ end: Int) -> AVPPlace? {
        guard end - offset >= 8 else { return nil }
        let word = Wire.load32(bytes, offset + 4)
        let flags = AVPFlags(rawValue: UInt8(word >> 24))
        let length = Int(word & 0xFF_FFFF)
        let header = flags.contains(.v) ? 12 : 8
        guard length >= header, length <= end - offset else { return nil }
        let vendor = flags.contains(.v) ? Wire.load32(bytes, offset + 8) : 0
        return AVPPlace(
            code: Wire.load32(bytes, offset), vendor: Vendor(rawValue: vendor), flags: flags, start: offset,
            data: offset + header..<offset + length, next: min(offset + Wire.padded(length), end))
    }

    @inlinable static func find(
        _ bytes: UnsafeRawBufferPointer, _ code: UInt32, _ vendor: Vendor, _ start: Int, _ end: Int
    ) -> AVPPlace? {
        var offset = start
        while end - offset >= 8 {
            let word = Wire.load32(bytes, offset + 4)
            let length = Int(word & 0xFF_FFFF)
            let header = word & 0x8000_0000 != 0 ? 12 : 8
            guard length >= header, length <= end - offset else { return nil }
            if Wire.load32(bytes, offset) == code {
                let found = header == 12 ? Wire.load32(bytes, offset + 8) : 0
                if found == vendor.rawValue { return place(bytes, offset, end) }
            }
            offset += Wire.padded(length)
        }
        return nil
    }

    /// Appends header, data and padding; the length is filled in once the data is known.
    @inlinable static func append(
        _ code: UInt32, _ vendor: Vendor, _ flags: AVPFlags, to bytes: inout [UInt8], _ write: (inout [UInt8]) -> Void
    ) {
        let start = bytes.count
        let isVendors = vendor != .ietf
        let bits = isVendors ? flags.union(.v) : flags.subtracting(.v)
        Wire.append32(code, to: &bytes)
        Wire.append32(0, to: &bytes)
        if isVendors { Wire.append32(vendor.rawValue, to: &bytes) }
        write(&bytes)
        let length = bytes.count - start
        Wire.write32(UInt32(bits.rawValue) << 24 | UInt32(length & 0xFF_FFFF), at: start + 4, in: &bytes)
        for _ in length..<Wire.padded(length) { bytes.append(0) }
    }
}
