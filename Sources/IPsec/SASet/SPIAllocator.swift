/// Draws SPIs for our side: unique among those in use, from 65536 up (some phones refuse low ones), and never the UE's
/// own, TS 33.203 §7.2.
public struct SPIAllocator: Sendable {
    public static let lowest: UInt32 = 65_536
    private var inUse: Set<UInt32> = []
    private var last: UInt32

    /// - Parameter seed: where to begin, so that a restarted instance does not draw those of its last life first.
    public init(seed: UInt32) { last = seed }

    public var count: Int { inUse.count }

    /// An SPI other than those given; nil when all are taken.
    public mutating func draw(avoiding others: [UInt32]) -> UInt32? {
        // Among so many consecutive ones is a free one: this many are taken at most.
        for _ in 0...inUse.count + others.count {
            last = last == .max || last < Self.lowest ? Self.lowest : last + 1
            if !others.contains(last), inUse.insert(last).inserted { return last }
        }
        return nil
    }

    /// One that the kernel has already, from before a restart.
    public mutating func take(_ spi: UInt32) { inUse.insert(spi) }

    public mutating func release(_ spi: UInt32) { inUse.remove(spi) }
}
