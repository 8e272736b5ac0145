/// Where an AVP lies: header, data, and where the next begins.
public struct AVPPlace: Hashable, Sendable {
    public var code: UInt32
    public var vendor: Vendor
    public var flags: AVPFlags
    /// Offset of the AVP header.
    public var start: Int
    /// The data, without header and padding.
    public var data: Range<Int>
    /// Offset after the padding, at most the end of the container.
    public var next: Int

    @inlinable init(code: UInt32, vendor: Vendor, flags: AVPFlags, start: Int, data: Range<Int>, next: Int) {
        self.code = code
        self.vendor = vendor
        self.flags = flags
        self.start = start
        self.data = data
        self.next = next
    }

    /// Header and data, without padding.
    @inlinable public var whole: Range<Int> { start..<data.upperBound }
}

/// Something that holds AVPs: a message or a group. One buffer; AVPs are found by walking their headers (a dozen
/// header reads cost less than building an index) and read when asked for.
public protocol AVPContainer {
    /// The buffer the AVPs lie in; it may hold more than them.
    var bytes: [UInt8] { get }
    /// The AVPs' part of `bytes`.
    var body: Range<Int> { get }
    /// Makes `bytes` this container's own and replaces part of the body.
    mutating func replace(_ range: Range<Int>, with new: [UInt8])
    mutating func appendAVP(_ code: UInt32, _ vendor: Vendor, _ flags: AVPFlags, _ write: (inout [UInt8]) -> Void)
}

extension AVPContainer {
    /// The AVP whose header begins at `offset`; nil at the end and where lengths make no sense.
    @inlinable public func place(at offset: Int) -> AVPPlace? {
        let end = body.upperBound
        guard offset >= body.lowerBound, end <= bytes.count else { return nil }
        return bytes.withUnsafeBytes { AVPScan.place($0, offset, end) }
    }

    /// The first AVP of this code and vendor at or after `offset`.
    @inlinable public func find(_ code: UInt32, _ vendor: Vendor, from offset: Int) -> AVPPlace? {
        let end = body.upperBound
        guard offset >= body.lowerBound, end <= bytes.count else { return nil }
        return bytes.withUnsafeBytes { AVPScan.find($0, code, vendor, offset, end) }
    }

    /// The first value of `key`; nil if it is absent or not of the key's type. Assigning replaces every occurrence
    /// by one, assigning nil removes them.
    @inlinable public subscript<V: AVPValue>(_ key: AVPKey<V>) -> V? {
        get {
            guard let place = find(key.code, key.vendor, from: body.lowerBound) else { return nil }
            return V(avp: bytes, in: place.data)
        }
        set { assign(key, newValue) }
    }

    @inlinable mutating func assign<V: AVPValue>(_ key: AVPKey<V>, _ value: V?) {
        guard let old = find(key.code, key.vendor, from: body.lowerBound) else {
            if let value { add(key, value) }
            return
        }
        var rest = old.next
        while let more = find(key.code, key.vendor, from: rest) {
            replace(more.start..<more.next, with: [])
            rest = more.start
        }
        var new: [UInt8] = []
        if let value { AVPScan.append(key.code, key.vendor, key.flags, to: &new) { value.write(to: &$0) } }
        replace(old.start..<old.next, with: new)
    }

    /// Every value of `key` in order.
    @inlinable public func all<V: AVPValue>(_ key: AVPKey<V>) -> [V] {
        var values: [V] = []
        var offset = body.lowerBound
        while let place = find(key.code, key.vendor, from: offset) {
            if let value = V(avp: bytes, in: place.data) { values.append(value) }
            offset = place.next
        }
        return values
    }

    @inlinable public func has<V: AVPValue>(_ key: AVPKey<V>) -> Bool {
        find(key.code, key.vendor, from: body.lowerBound) != nil
    }

    /// The first occurrence's data as a range of `bytes`, for callers that compare or copy without making a value.
    @inlinable public func data<V: AVPValue>(_ key: AVPKey<V>) -> Range<Int>? {
        find(key.code, key.vendor, from: body.lowerBound)?.data
    }

    /// Appends one AVP.
    @inlinable public mutating func add<V: AVPValue>(_ key: AVPKey<V>, _ value: V) {
        appendAVP(key.code, key.vendor, key.flags) { value.write(to: &$0) }
    }

    /// Appends one AVP for each value.
    @inlinable public mutating func add<V: AVPValue>(_ key: AVPKey<V>, each values: [V]) {
        for value in values { add(key, value) }
    }

    /// Appends an AVP by number, for rows the dictionary does not have.
    public mutating func add(code: UInt32, vendor: Vendor, flags: AVPFlags, data: [UInt8]) {
        appendAVP(code, vendor, flags) { $0 += data }
    }

    /// Copies every AVP of `key` from `other`, byte for byte.
    public mutating func copy<V: AVPValue>(_ key: AVPKey<V>, from other: some AVPContainer) {
        var offset = other.body.lowerBound
        while let place = other.find(key.code, key.vendor, from: offset) {
            let data = other.bytes[place.data]
            appendAVP(place.code, place.vendor, place.flags) { $0 += data }
            offset = place.next
        }
    }

    /// The places of all AVPs in order, up to the first whose length makes no sense.
    public var places: [AVPPlace] {
        var places: [AVPPlace] = []
        var offset = body.lowerBound
        while let place = place(at: offset) {
            places.append(place)
            offset = place.next
        }
        return places
    }
}

/// Data of a Grouped AVP. RFC 6733 §4.4
public struct AVPGroup: AVPContainer, AVPValue {
    public private(set) var bytes: [UInt8]
    public private(set) var body: Range<Int>

    public init() {
        bytes = []
        body = 0..<0
    }

    /// A group filled by `fill`.
    public init(_ fill: (inout AVPGroup) -> Void) {
        self.init()
        fill(&self)
    }

    /// A view into the message's buffer; nothing is copied.
    @inlinable public init?(avp bytes: [UInt8], in range: Range<Int>) {
        self.init(view: bytes, range)
    }

    @usableFromInline init(view bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        self.body = range
    }

    public func write(to bytes: inout [UInt8]) { bytes += self.bytes[body] }

    private mutating func own() {
        if body != 0..<bytes.count {
            bytes = Array(bytes[body])
            body = 0..<bytes.count
        }
    }

    public mutating func replace(_ range: Range<Int>, with new: [UInt8]) {
        let shift = body.lowerBound
        own()
        bytes.replaceSubrange(range.lowerBound - shift..<range.upperBound - shift, with: new)
        body = 0..<bytes.count
    }

    public mutating func appendAVP(
        _ code: UInt32, _ vendor: Vendor, _ flags: AVPFlags, _ write: (inout [UInt8]) -> Void
    ) {
        own()
        AVPScan.append(code, vendor, flags, to: &bytes, write)
        body = 0..<bytes.count
    }
}
