/// A Diameter message: one buffer, header first. Header fields are read from and written to the buffer, AVPs are
/// walked and read lazily, so decoding allocates nothing and encoding hands out the buffer. RFC 6733 §3
public struct DiameterMessage: AVPContainer, Hashable, Sendable {
    public private(set) var bytes: [UInt8]

    @inlinable public var body: Range<Int> { DiameterLimits.headerBytes..<bytes.count }

    /// An empty message. Flags beyond R and P are set by who sends it.
    public init(
        _ command: UInt32, application: UInt32, flags: CommandFlags, hopByHop: UInt32 = 0, endToEnd: UInt32 = 0,
        reserving capacity: Int = 512
    ) {
        bytes = []
        bytes.reserveCapacity(capacity)
        Wire.append32(UInt32(1) << 24 | UInt32(DiameterLimits.headerBytes), to: &bytes)
        Wire.append32(UInt32(flags.rawValue) << 24 | command & 0xFF_FFFF, to: &bytes)
        Wire.append32(application, to: &bytes)
        Wire.append32(hopByHop, to: &bytes)
        Wire.append32(endToEnd, to: &bytes)
    }

    /// A message whose header has been checked.
    init(checked bytes: [UInt8]) { self.bytes = bytes }

    @inlinable public var flags: CommandFlags {
        get { CommandFlags(rawValue: bytes[4]) }
        set { setFlags(newValue) }
    }
    @inlinable public var command: UInt32 { Wire.read32(bytes, 4) & 0xFF_FFFF }
    @inlinable public var application: UInt32 { Wire.read32(bytes, 8) }
    @inlinable public var hopByHop: UInt32 {
        get { Wire.read32(bytes, 12) }
        set { write(newValue, at: 12) }
    }
    @inlinable public var endToEnd: UInt32 {
        get { Wire.read32(bytes, 16) }
        set { write(newValue, at: 16) }
    }

    @inlinable public var isRequest: Bool { flags.contains(.request) }
    @inlinable public var isError: Bool { flags.contains(.error) }

    @usableFromInline mutating func setFlags(_ flags: CommandFlags) { bytes[4] = flags.rawValue }
    @usableFromInline mutating func write(_ value: UInt32, at offset: Int) {
        Wire.write32(value, at: offset, in: &bytes)
    }

    /// The message's bytes. Its length field is kept right by every change.
    @inlinable public func encode() -> [UInt8] { bytes }

    public mutating func replace(_ range: Range<Int>, with new: [UInt8]) {
        bytes.replaceSubrange(range, with: new)
        updateLength()
    }

    public mutating func appendAVP(
        _ code: UInt32, _ vendor: Vendor, _ flags: AVPFlags, _ write: (inout [UInt8]) -> Void
    ) {
        AVPScan.append(code, vendor, flags, to: &bytes, write)
        updateLength()
    }

    private mutating func updateLength() {
        Wire.write32(UInt32(1) << 24 | UInt32(bytes.count & 0xFF_FFFF), at: 0, in: &bytes)
    }

    /// "UAR", "MAA"; the command's number where the dictionary has none. For logs and traces.
    public var shortName: String {
        guard let rule = CommandTable.standard.rule(command, application) else {
            return "\(command)\(isRequest ? "R" : "A")"
        }
        return rule.abbreviation + (isRequest ? "R" : "A")
    }

    /// What the answer says: Result-Code, else Experimental-Result; nil where neither is there. RFC 6733 §7.1, §7.6
    public var result: DiameterResult? {
        if let code = self[Base.resultCode] { return .base(ResultCode(rawValue: code)) }
        guard let group = self[Base.experimentalResult], let code = group[Base.experimentalResultCode] else {
            return nil
        }
        return .experimental(ExperimentalResult(vendor: Vendor(rawValue: group[Base.vendorID] ?? 0), code: code))
    }
}
