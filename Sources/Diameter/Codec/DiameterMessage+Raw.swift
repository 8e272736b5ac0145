extension DiameterMessage {
    /// Appends AVPs that are already encoded and padded, e.g. a template of what every request ends with.
    public mutating func append(encoded avps: [UInt8]) {
        let end = body.upperBound
        replace(end..<end, with: avps)
    }

    /// The AVPs as bytes, for such a template.
    public var encodedAVPs: [UInt8] { Array(bytes[body]) }
}
